import re
from functools import partial
from xml.etree import ElementTree

import pandas as pd
import pytest

from tests.training.figures import figure
from training.report.charts import coverage, forest, reliability, world

FIGURES = {
    name: figure(value, name, low=low, high=high)
    for name, value, low, high in (("plantdoc", 62, 56, 68), ("bracol", 88, 81, 93))
}
BINS = pd.DataFrame({"confidence": [0.3, 0.9], "right": [0.25, 0.95], "low": [0.1, 0.9], "high": [0.4, 1.0]})
CURVE = pd.DataFrame({"threshold": [0.9, 0.5], "answered": [0.4, 1.0], "right": [1.0, 0.7]})
DESCRIPTION = '"Top-1" & <more>'


DRAWN = {
    name: draw(name=name, description=DESCRIPTION)
    for name, draw in {
        "forest": partial(forest, FIGURES, {"bracol"}),
        "reliability": partial(reliability, BINS),
        "coverage": partial(coverage, {"field": CURVE, "plantdoc": CURVE}, {"field": (0.6, 0.9)}),
        "world": partial(world, [("Uganda", 1.4, 32.3, 900), ("Brazil", -19.6, -40.8, 100)]),
    }.items()
}


@pytest.mark.parametrize("svg", DRAWN.values(), ids=DRAWN)
def test_a_drawing_is_one_element_that_fits_any_width_and_any_colours(svg: str) -> None:
    root = ElementTree.fromstring(svg)  # noqa: S314 - drawn by ourselves
    assert root.tag == "svg"
    assert set(root.attrib) == {"role", "aria-label", "viewBox"}
    assert root.attrib["aria-label"] == DESCRIPTION
    assert not re.search(r"#[0-9a-f]{6}|<style|<metadata|font-family|xlink", svg)
    assert {"currentColor", "var(--first)"} <= set(re.findall(r"currentColor|var\(--\w+\)", svg))


def test_no_two_drawings_share_an_id_and_every_reference_leads_somewhere() -> None:
    page = "".join(DRAWN.values())
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:url\(|href=")#([^")]+)', page)) <= set(ids)


def test_field_and_laboratory_are_told_apart_without_colour() -> None:
    one_kind = forest(FIGURES, (), name="forest", description="")
    # A marker that is used twice is defined once.
    assert len(re.findall("<path id=", DRAWN["forest"])) == len(re.findall("<path id=", one_kind)) + 1
