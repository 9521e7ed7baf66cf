"""Where no condition can be named, a farmer is told the finest coarser statement that is safe, or nothing."""

import numpy as np
import pytest

from majani.decision.rules import CoarseStatement, Outcome, decide
from majani.model.bundle import Thresholds
from majani.model.predictor import Floats
from majani.taxonomy import Kind
from tests.majani.decision.beliefs import BELOW, MANIFEST, belief, rules_manifest

SPOT, SICK, BEAN = (CoarseStatement("bean", *one) for one in (("leaf_spot", True), (None, True), (None, False)))


def beans(rust: float = 0, spot: float = 0, blight: float = 0, healthy: float = 0, **others: float) -> Floats:
    own = {"bean__rust": rust, "bean__angular_leaf_spot": spot, "bean__blight": blight, "bean__healthy": healthy}
    return belief(**own, **others)


@pytest.mark.parametrize(
    ("mixed", "expected", "probability"),
    [
        pytest.param(beans(rust=0.3125, spot=0.3125, healthy=0.375), SPOT, 0.625, id="kind of trouble, at the edge"),
        pytest.param(beans(rust=0.625, blight=0.375), SPOT, 0.625, id="kind of trouble goes before sick, the likelier"),
        pytest.param(beans(rust=0.3125, blight=0.3125, healthy=0.375), SICK, 0.625, id="sick, at the edge"),
        pytest.param(beans(rust=0.5, blight=0.25, healthy=0.25), SICK, 0.75, id="sick goes before the crop"),
        pytest.param(beans(rust=0.3125, healthy=0.3125, tomato__healthy=0.375), BEAN, 0.625, id="crop, at the edge"),
        pytest.param(beans(rust=0.3125, healthy=0.6875), BEAN, 1.0, id="mostly healthy is not called sick"),
        pytest.param(
            beans(rust=0.25, tomato__late_blight=0.5, tomato__healthy=0.25),
            CoarseStatement("tomato", None, False),
            0.75,
            id="another crop",
        ),
        pytest.param(
            beans(rust=0.3125, healthy=0.3125 - BELOW, tomato__healthy=0.375 + BELOW), None, 0.0, id="below the edge"
        ),
        pytest.param(beans(blight=0.5, tomato__late_blight=0.5), None, 0.0, id="a trouble of two crops is not one"),
        pytest.param(beans(healthy=0.5, tomato__healthy=0.5), None, 0.0, id="healthy of two crops is not one"),
        pytest.param(
            beans(rust=0.3125, healthy=0.25, unknown_plant=0.375, tomato__healthy=0.0625),
            None,
            0.0,
            id="reject classes support no statement",
        ),
    ],
)
def test_makes_the_finest_safe_statement(mixed: Floats, expected: CoarseStatement | None, probability: float) -> None:
    """Rules 5 and 6."""
    decision = decide(mixed, manifest=MANIFEST)
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
