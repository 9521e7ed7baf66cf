"""Where no condition can be named, a farmer is told the finest coarser statement that is safe, or nothing."""

import numpy as np
import pytest

from majani.decision.rules import CoarseStatement, Outcome, decide
from majani.model.bundle import Thresholds
from majani.taxonomy import Kind
from tests.majani.decision.beliefs import BELOW, MANIFEST, belief, rules_manifest

SPOT, SICK, BEAN = (CoarseStatement("bean", *one) for one in (("leaf_spot", True), (None, True), (None, False)))
TOMATO = CoarseStatement("tomato", None, False)
EDGE, REST = 0.3125, 0.375  # twice the edge is the threshold


@pytest.mark.parametrize(
    ("mass", "expected", "probability"),
    [
        pytest.param({"rust": EDGE, "spot": EDGE, "healthy": REST}, SPOT, 0.625, id="kind of trouble, at the edge"),
        pytest.param({"rust": 0.625, "blight": REST}, SPOT, 0.625, id="kind of trouble goes before sick, the likelier"),
        pytest.param({"rust": EDGE, "blight": EDGE, "healthy": REST}, SICK, 0.625, id="sick, at the edge"),
        pytest.param({"rust": 0.5, "blight": 0.25, "healthy": 0.25}, SICK, 0.75, id="sick goes before the crop"),
        pytest.param({"rust": EDGE, "healthy": EDGE, "tomato": REST}, BEAN, 0.625, id="crop, at the edge"),
        pytest.param({"rust": EDGE, "healthy": 0.6875}, BEAN, 1.0, id="mostly healthy is not called sick"),
        pytest.param({"rust": 0.25, "late_blight": 0.5, "tomato": 0.25}, TOMATO, 0.75, id="another crop"),
        pytest.param({"rust": EDGE, "healthy": EDGE - BELOW, "tomato": REST + BELOW}, None, 0.0, id="below the edge"),
        pytest.param({"blight": 0.5, "late_blight": 0.5}, None, 0.0, id="a trouble of two crops is not one"),
        pytest.param({"healthy": 0.5, "tomato": 0.5}, None, 0.0, id="healthy of two crops is not one"),
        pytest.param({"rust": EDGE, "healthy": 0.3125 - BELOW, "unknown": REST + BELOW}, None, 0.0, id="unknown plant"),
    ],
)
def test_makes_the_finest_safe_statement(
    mass: dict[str, float], expected: CoarseStatement | None, probability: float
) -> None:
    """Rules 5 and 6."""
    names = {"tomato": "tomato__healthy", "late_blight": "tomato__late_blight", "unknown": "unknown_plant"}
    beans = {"spot": "bean__angular_leaf_spot"} | {one: f"bean__{one}" for one in ("rust", "blight", "healthy")}
    decision = decide(belief(**{(names | beans)[name]: share for name, share in mass.items()}), manifest=MANIFEST)
    assert (decision.outcome, decision.condition) == (Outcome.UNCERTAIN, None)
    assert (decision.coarse, decision.probability) == (expected, probability)


def test_makes_the_likelier_of_two_safe_statements() -> None:
    eager = rules_manifest(Thresholds(answer=0.75, reject=0.5, coarse=0.25))
    mixed = belief(bean__rust=0.25, tomato__late_blight=0.3125, not_a_plant=0.4375)
    assert decide(mixed, manifest=eager).coarse == CoarseStatement("tomato", "blight", True)


def test_works_for_a_bundle_that_knows_healthy_leaves_only() -> None:
    only = tuple(entry for entry in MANIFEST.classes if entry.kind in (Kind.HEALTHY, None))
    manifest = MANIFEST.model_copy(update={"classes": only})
    decision = decide(np.array([0.5, 0.25, 0.25, 0.0], dtype=np.float32), manifest=manifest)
    assert (decision.outcome, decision.coarse) == (Outcome.UNCERTAIN, None)
