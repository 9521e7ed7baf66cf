"""Where no condition can be named, a farmer is told the finest coarser statement that is safe, or nothing."""

import numpy as np
import pytest

from majani.decision.rules import CoarseStatement, Outcome, decide
from majani.model.bundle import Thresholds
from majani.taxonomy import Kind
from tests.majani.decision.beliefs import BELOW, MANIFEST, belief, rules_manifest


class TestCoarse:
    """Rules 5 and 6."""

    @pytest.mark.parametrize(
        ("mass", "expected", "probability"),
        [
            pytest.param(
                {"bean__rust": 0.3125, "bean__angular_leaf_spot": 0.3125, "bean__healthy": 0.375},
                CoarseStatement("bean", "leaf_spot", True),
                0.625,
                id="kind of trouble, at the edge",
            ),
            pytest.param(
                {"bean__rust": 0.625, "bean__blight": 0.375},
                CoarseStatement("bean", "leaf_spot", True),
                0.625,
                id="kind of trouble goes before the likelier statement that it is sick",
            ),
            pytest.param(
                {"bean__rust": 0.3125, "bean__blight": 0.3125, "bean__healthy": 0.375},
                CoarseStatement("bean", None, True),
                0.625,
                id="sick, at the edge",
            ),
            pytest.param(
                {"bean__rust": 0.5, "bean__blight": 0.25, "bean__healthy": 0.25},
                CoarseStatement("bean", None, True),
                0.75,
                id="sick goes before the crop",
            ),
            pytest.param(
                {"bean__rust": 0.3125, "bean__healthy": 0.3125, "tomato__healthy": 0.375},
                CoarseStatement("bean", None, False),
                0.625,
                id="crop, at the edge",
            ),
            pytest.param(
                {"bean__healthy": 0.6875, "bean__rust": 0.3125},
                CoarseStatement("bean", None, False),
                1.0,
                id="mostly healthy is not called sick",
            ),
            pytest.param(
                {"tomato__late_blight": 0.5, "tomato__healthy": 0.25, "bean__rust": 0.25},
                CoarseStatement("tomato", None, False),
                0.75,
                id="another crop",
            ),
            pytest.param(
                {"bean__rust": 0.3125, "bean__healthy": 0.3125 - BELOW, "tomato__healthy": 0.375 + BELOW},
                None,
                0.0,
                id="just below the edge",
            ),
            pytest.param(
                {"bean__blight": 0.5, "tomato__late_blight": 0.5},
                None,
                0.0,
                id="the same kind of trouble on two crops is not one statement",
            ),
            pytest.param(
                {"bean__healthy": 0.5, "tomato__healthy": 0.5},
                None,
                0.0,
                id="healthy of two crops is not one statement",
            ),
            pytest.param(
                {"bean__rust": 0.3125, "unknown_plant": 0.375, "bean__healthy": 0.25, "tomato__healthy": 0.0625},
                None,
                0.0,
                id="reject classes support no statement",
            ),
        ],
    )
    def test_makes_the_finest_safe_statement(
        self, mass: dict[str, float], expected: CoarseStatement | None, probability: float
    ) -> None:
        decision = decide(belief(**mass), manifest=MANIFEST)
        assert decision.outcome == Outcome.UNCERTAIN
        assert decision.condition is None
        assert decision.coarse == expected
        assert decision.probability == probability

    def test_makes_the_likelier_of_two_safe_statements(self) -> None:
        eager = rules_manifest(Thresholds(answer=0.75, reject=0.5, coarse=0.25))
        mixed = belief(bean__rust=0.25, tomato__late_blight=0.3125, not_a_plant=0.4375)
        assert decide(mixed, manifest=eager).coarse == CoarseStatement("tomato", "blight", True)

    def test_works_for_a_bundle_that_knows_healthy_leaves_only(self) -> None:
        only = tuple(entry for entry in MANIFEST.classes if entry.kind in (Kind.HEALTHY, None))
        manifest = MANIFEST.model_copy(update={"classes": only})
        decision = decide(np.array([0.5, 0.25, 0.25, 0.0], dtype=np.float32), manifest=manifest)
        assert (decision.outcome, decision.coarse) == (Outcome.UNCERTAIN, None)
