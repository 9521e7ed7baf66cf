"""What a taxonomy may and may not say; the shipped file is tested in ``tests/contract``."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from majani.errors import ErrorCode, TaxonomyError
from majani.taxonomy import REJECT_CLASSES, parse_taxonomy
from tests.majani.conftest import refused

Raw = dict[str, Any]
RAW: Raw = {
    "version": "2026.1",
    "crops": [{"id": "bean", "name": "Bean", "scientific": "Phaseolus vulgaris", "eppo": "PHSVX"}],
    "parents": [{"id": "leaf_spot", "name": "leaf spot"}],
    "conditions": [
        {
            **{"id": "bean.rust", "crop": "bean", "names": ["Rust"]},
            **{"kind": "fungus", "parent": "leaf_spot", "action": "spray"},
        },
        {"id": "bean.healthy", "crop": "bean", "names": ["Healthy"], "kind": "healthy", "action": "nothing"},
    ],
}


def test_classes_are_the_conditions_in_file_order_and_then_the_reject_classes() -> None:
    assert parse_taxonomy(RAW).class_ids() == ("bean.rust", "bean.healthy", *REJECT_CLASSES)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda raw: raw.pop("version"), id="no version"),
        pytest.param(lambda raw: raw.update(extra=1), id="unknown field"),
        pytest.param(lambda raw: raw["crops"].append(raw["crops"][0]), id="crop twice"),
        pytest.param(lambda raw: raw["parents"].append(raw["parents"][0]), id="parent twice"),
        pytest.param(lambda raw: raw["conditions"].append(raw["conditions"][0]), id="condition twice"),
        pytest.param(lambda raw: raw["crops"].clear(), id="unknown crop"),
        pytest.param(lambda raw: raw["parents"].clear(), id="unknown parent"),
        pytest.param(lambda raw: raw["conditions"][0].update(id="pea.rust"), id="id of another crop"),
        pytest.param(lambda raw: raw["conditions"][0].update(id="rust"), id="id without crop"),
        pytest.param(lambda raw: raw["conditions"][0].update(id="bean.Rust"), id="capital in id"),
        pytest.param(lambda raw: raw["conditions"][0].update(id="bean.rust\n"), id="line break in id"),
        pytest.param(lambda raw: raw["conditions"][0].update(id="bean.r.ust"), id="two dots in id"),
        pytest.param(lambda raw: raw["conditions"][0].update(id=f"bean.{'r' * 60}"), id="id of 65 characters"),
        pytest.param(lambda raw: raw["conditions"][0].update(names=[]), id="no name"),
        pytest.param(lambda raw: raw["conditions"][0].update(kind="ghost"), id="unknown kind"),
        pytest.param(lambda raw: raw["conditions"][0].update(action="pray"), id="unknown action"),
        pytest.param(lambda raw: raw["conditions"][0].update(eppo="phsvx"), id="EPPO code in small letters"),
        pytest.param(lambda raw: raw["conditions"][0].update(kind="healthy"), id="disease of kind healthy"),
        pytest.param(lambda raw: raw["conditions"][0].pop("parent"), id="disease without parent"),
        pytest.param(lambda raw: raw["conditions"][1].update(kind="fungus"), id="healthy of kind fungus"),
        pytest.param(lambda raw: raw["conditions"][1].update(parent="leaf_spot"), id="healthy with parent"),
    ],
)
def test_contradictions_are_refused(change: Callable[[Raw], Any]) -> None:
    raw = deepcopy(RAW)
    change(raw)
    with refused(TaxonomyError, ErrorCode.TAXONOMY_INVALID):
        parse_taxonomy(raw)
