"""The numbered rules, each at its edge, and what must hold for any belief."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from majani.decision.rules import (
    Candidate,
    CoarseStatement,
    Decision,
    Outcome,
    confidence_band,
    decide,
    right_of_ten,
)
from majani.model.bundle import ConfidenceBand, Situation, SituationRules, Thresholds
from majani.model.predictor import Floats
from majani.taxonomy import Kind
from tests.majani.decision.beliefs import BELOW, MANIFEST, THRESHOLDS, belief, rules_manifest, vectors


def test_published_outcomes_never_change() -> None:
    assert {outcome.value for outcome in Outcome} == {
        "healthy",
        "condition",
        "uncertain",
        "unknown_plant",
        "not_a_plant",
        "retake",
    }


class TestReject:
    """Rule 3."""

    @pytest.mark.parametrize(
        ("unknown_plant", "not_a_plant", "outcome"),
        [
            (0.5, 0.0, Outcome.UNKNOWN_PLANT),
            (0.0, 0.5, Outcome.NOT_A_PLANT),
            (0.25, 0.25, Outcome.UNKNOWN_PLANT),
            (0.25, 0.25 + BELOW, Outcome.NOT_A_PLANT),
            (0.25 + BELOW, 0.25, Outcome.UNKNOWN_PLANT),
        ],
        ids=["unknown at edge", "no plant at edge", "tie", "no plant ahead", "unknown ahead"],
    )
    def test_refuses_from_the_threshold_on(self, unknown_plant: float, not_a_plant: float, outcome: Outcome) -> None:
        rest = 1 - unknown_plant - not_a_plant
        decision = decide(
            belief(bean__rust=rest, unknown_plant=unknown_plant, not_a_plant=not_a_plant), manifest=MANIFEST
        )
        assert decision.outcome == outcome
        assert decision.condition is None
        assert decision.coarse is None
        assert decision.probability == unknown_plant + not_a_plant
        assert decision.candidates[0] == Candidate("bean.rust", rest)

    def test_does_not_refuse_below(self) -> None:
        mixed = belief(bean__rust=0.5 + BELOW, unknown_plant=0.25, not_a_plant=0.25 - BELOW)
        assert decide(mixed, manifest=MANIFEST).outcome == Outcome.UNCERTAIN

    def test_goes_before_naming(self) -> None:
        eager = rules_manifest(Thresholds(answer=0.25, reject=0.5, coarse=0.25))
        mixed = belief(bean__rust=0.5, unknown_plant=0.5)
        assert decide(mixed, manifest=eager).outcome == Outcome.UNKNOWN_PLANT


class TestName:
    """Rule 4."""

    @pytest.mark.parametrize(
        ("condition", "outcome"),
        [
            ("bean.rust", Outcome.CONDITION),
            ("bean.healthy", Outcome.HEALTHY),
            ("tomato.healthy", Outcome.HEALTHY),
            ("bean.blight", Outcome.CONDITION),
        ],
    )
    def test_names_from_the_threshold_on(self, condition: str, outcome: Outcome) -> None:
        key = condition.replace(".", "__")
        assert decide(belief(**{key: 0.75}, unknown_plant=0.25), manifest=MANIFEST) == Decision(
            outcome=outcome,
            condition=condition,
            probability=0.75,
            coarse=None,
            candidates=decide(belief(**{key: 0.75}, unknown_plant=0.25), manifest=MANIFEST).candidates,
        )
        below = decide(belief(**{key: 0.75 - BELOW}, unknown_plant=0.25 + BELOW), manifest=MANIFEST)
        assert below.outcome == Outcome.UNCERTAIN
        assert below.condition is None

    @pytest.mark.parametrize("own", [0.5, 0.875], ids=["more eager", "more careful"])
    def test_a_class_may_have_its_own_threshold(self, own: float) -> None:
        manifest = rules_manifest(THRESHOLDS.model_copy(update={"per_class": {"bean.rust": own}}))
        at_edge = belief(bean__rust=own, tomato__healthy=1 - own)
        below = belief(bean__rust=own - BELOW, tomato__late_blight=0.5 - own / 2, tomato__healthy=0.5 - own / 2 + BELOW)
        assert decide(at_edge, manifest=manifest).condition == "bean.rust"
        assert decide(below, manifest=manifest).condition is None

    def test_another_class_keeps_the_general_threshold(self) -> None:
        manifest = rules_manifest(THRESHOLDS.model_copy(update={"per_class": {"bean.rust": 0.5}}))
        assert decide(belief(bean__blight=0.5, bean__healthy=0.5), manifest=manifest).condition is None

    @pytest.mark.parametrize(
        ("case", "named"),
        [
            pytest.param({}, True, id="one photo"),
            pytest.param({"photos": 2}, True, id="several, without rules of their own"),
            pytest.param({"crop": "bean"}, False, id="a crop named"),
            pytest.param({"photos": 2, "crop": "bean"}, True, id="a class of its own there"),
        ],
    )
    def test_a_situation_may_have_its_own_rules(self, case: dict[str, Any], named: bool) -> None:
        careful = SituationRules(answer=0.875)
        lenient = SituationRules(answer=0.875, per_class={"bean.rust": 0.5})
        situations = {Situation.CROP_NAMED: careful, Situation.CROP_NAMED_SEVERAL_PHOTOS: lenient}
        rules = MANIFEST.rules.model_copy(update={"situations": situations})
        manifest = MANIFEST.model_copy(update={"rules": rules})
        at_edge = belief(bean__rust=0.75, tomato__healthy=0.25)
        assert (decide(at_edge, manifest=manifest, **case).condition == "bean.rust") == named

    @pytest.mark.parametrize(("top", "count"), [({}, 5), ({"top": 1}, 1), ({"top": 6}, 6), ({"top": 99}, 6)])
    def test_lists_candidates_by_falling_probability(self, top: dict[str, int], count: int) -> None:
        mixed = belief(
            tomato__late_blight=0.0625,
            bean__rust=0.25,
            bean__healthy=0.125,
            tomato__healthy=0.125,
            not_a_plant=0.4375,
        )
        expected = (
            Candidate("bean.rust", 0.25),
            Candidate("bean.healthy", 0.125),  # a tie keeps the manifest's order
            Candidate("tomato.healthy", 0.125),
            Candidate("tomato.late_blight", 0.0625),
            Candidate("bean.blight", 0.0),
            Candidate("bean.angular_leaf_spot", 0.0),
        )
        assert decide(mixed, manifest=MANIFEST, **top).candidates == expected[:count]

    def test_refuses_a_belief_of_another_length(self) -> None:
        with pytest.raises(ValueError, match="shorter"):
            decide(np.array([0.5, 0.5], dtype=np.float32), manifest=MANIFEST)


class TestNamedCrop:
    """Rule 2."""

    def test_a_likely_other_crop_contradicts_the_sender_and_promises_nothing(self) -> None:
        at_edge = belief(tomato__late_blight=0.625, bean__rust=0.375)
        decision = decide(
            at_edge, manifest=rules_manifest(Thresholds(answer=0.5, reject=0.5, coarse=0.625)), crop="bean"
        )
        assert (decision.outcome, decision.condition) == (Outcome.UNCERTAIN, None)
        assert decision.coarse == CoarseStatement("tomato", None, False, 0.625)
        assert decision.candidates[0].id == "tomato.late_blight"

    def test_below_it_the_sender_is_believed(self) -> None:
        eager = rules_manifest(Thresholds(answer=0.25, reject=0.5, coarse=0.625))
        mixed = belief(tomato__late_blight=0.625 - BELOW, bean__rust=0.25, bean__blight=0.125 + BELOW)
        decision = decide(mixed, manifest=eager, crop="bean")
        assert decision.condition == "bean.rust"
        assert {one.id.split(".")[0] for one in decision.candidates} == {"bean"}

    @given(one=vectors(), crop=st.sampled_from(["bean", "tomato"]))
    def test_no_condition_of_another_crop_is_ever_named(self, one: Floats, crop: str) -> None:
        decision = decide(one, manifest=MANIFEST, crop=crop)
        assert (decision.condition or crop).startswith(crop)
        if decision.coarse is not None and decision.coarse.crop != crop:
            assert (decision.coarse.parent, decision.coarse.sick) == (None, False)

    def test_of_which_the_bundle_has_no_class_names_nothing(self) -> None:
        only = tuple(entry for entry in MANIFEST.classes if entry.crop != "bean")
        manifest = MANIFEST.model_copy(update={"classes": only})
        decision = decide(np.array([0.25, 0.25, 0.25, 0.25], dtype=np.float32), manifest=manifest, crop="bean")
        assert (decision.condition, decision.coarse, decision.candidates) == (None, None, ())


class TestCoarse:
    """Rules 5 and 6."""

    @pytest.mark.parametrize(
        ("mass", "expected"),
        [
            pytest.param(
                {"bean__rust": 0.3125, "bean__angular_leaf_spot": 0.3125, "bean__healthy": 0.375},
                CoarseStatement("bean", "leaf_spot", True, 0.625),
                id="kind of trouble, at the edge",
            ),
            pytest.param(
                {"bean__rust": 0.625, "bean__blight": 0.375},
                CoarseStatement("bean", "leaf_spot", True, 0.625),
                id="kind of trouble goes before the likelier statement that it is sick",
            ),
            pytest.param(
                {"bean__rust": 0.3125, "bean__blight": 0.3125, "bean__healthy": 0.375},
                CoarseStatement("bean", None, True, 0.625),
                id="sick, at the edge",
            ),
            pytest.param(
                {"bean__rust": 0.5, "bean__blight": 0.25, "bean__healthy": 0.25},
                CoarseStatement("bean", None, True, 0.75),
                id="sick goes before the crop",
            ),
            pytest.param(
                {"bean__rust": 0.3125, "bean__healthy": 0.3125, "tomato__healthy": 0.375},
                CoarseStatement("bean", None, False, 0.625),
                id="crop, at the edge",
            ),
            pytest.param(
                {"bean__healthy": 0.6875, "bean__rust": 0.3125},
                CoarseStatement("bean", None, False, 1.0),
                id="mostly healthy is not called sick",
            ),
            pytest.param(
                {"tomato__late_blight": 0.5, "tomato__healthy": 0.25, "bean__rust": 0.25},
                CoarseStatement("tomato", None, False, 0.75),
                id="another crop",
            ),
            pytest.param(
                {"bean__rust": 0.3125, "bean__healthy": 0.3125 - BELOW, "tomato__healthy": 0.375 + BELOW},
                None,
                id="just below the edge",
            ),
            pytest.param(
                {"bean__blight": 0.5, "tomato__late_blight": 0.5},
                None,
                id="the same kind of trouble on two crops is not one statement",
            ),
            pytest.param(
                {"bean__healthy": 0.5, "tomato__healthy": 0.5}, None, id="healthy of two crops is not one statement"
            ),
            pytest.param(
                {"bean__rust": 0.3125, "unknown_plant": 0.375, "bean__healthy": 0.25, "tomato__healthy": 0.0625},
                None,
                id="reject classes support no statement",
            ),
        ],
    )
    def test_makes_the_finest_safe_statement(self, mass: dict[str, float], expected: CoarseStatement | None) -> None:
        decision = decide(belief(**mass), manifest=MANIFEST)
        assert decision.outcome == Outcome.UNCERTAIN
        assert decision.condition is None
        assert decision.coarse == expected
        assert decision.probability == (expected.probability if expected else 0.0)

    def test_works_for_a_bundle_that_knows_healthy_leaves_only(self) -> None:
        only = tuple(entry for entry in MANIFEST.classes if entry.kind in (Kind.HEALTHY, None))
        manifest = MANIFEST.model_copy(update={"classes": only})
        decision = decide(np.array([0.5, 0.25, 0.25, 0.0], dtype=np.float32), manifest=manifest)
        assert (decision.outcome, decision.coarse) == (Outcome.UNCERTAIN, None)


class TestAnyBelief:
    @given(one=vectors())
    def test_the_parts_of_a_decision_fit_together(self, one: Floats) -> None:
        decision = decide(one, manifest=MANIFEST)
        probabilities = [candidate.probability for candidate in decision.candidates]
        assert probabilities == sorted(probabilities, reverse=True)
        assert 0 <= decision.probability <= 1 + 1e-6
        assert (decision.condition is not None) == (decision.outcome in (Outcome.HEALTHY, Outcome.CONDITION))
        if decision.condition is not None:
            assert decision.candidates[0] == Candidate(decision.condition, decision.probability)
            assert decision.probability >= THRESHOLDS.answer
        if decision.coarse is not None:
            assert decision.outcome == Outcome.UNCERTAIN
            assert decision.coarse.probability == decision.probability >= THRESHOLDS.coarse
        assert decision.outcome != Outcome.RETAKE

    @given(one=vectors())
    def test_a_higher_threshold_never_names_more(self, one: Floats) -> None:
        careful = rules_manifest(THRESHOLDS.model_copy(update={"answer": 0.9}))
        if decide(one, manifest=careful).condition is not None:
            assert decide(one, manifest=MANIFEST) == decide(one, manifest=careful)


class TestConfidenceBand:
    BANDS = tuple(ConfidenceBand(min_probability=edge, right=1, answered=2) for edge in (0.5, 0.75, 0.9))

    @pytest.mark.parametrize(
        ("probability", "edge"),
        [(0.0, None), (0.4999, None), (0.5, 0.5), (0.7499, 0.5), (0.75, 0.75), (0.9, 0.9), (1.0, 0.9)],
    )
    def test_is_the_last_one_reached(self, probability: float, edge: float | None) -> None:
        band = confidence_band(probability, self.BANDS)
        assert (band.min_probability if band else None) == edge

    def test_is_none_without_figures(self) -> None:
        assert confidence_band(1.0, ()) is None

    @pytest.mark.parametrize(("probability", "right"), [(0.3, None), (0.5, 5), (0.7, 8), (0.8, 8), (0.95, 9)])
    def test_is_a_surer_one_that_promises_less(self, probability: float, right: int | None) -> None:
        counted = ((0.4, 7), (0.5, 5), (0.6, 10), (0.75, 8), (0.9, 9))
        bands = tuple(ConfidenceBand(min_probability=edge, right=right, answered=10) for edge, right in counted)
        band = confidence_band(probability, bands)
        assert (band.right if band else None) == right

    def test_is_the_own_one_among_equals(self) -> None:
        band = confidence_band(0.8, self.BANDS)
        assert band is not None
        assert band.min_probability == 0.75


class TestRightOfTen:
    @pytest.mark.parametrize(
        ("right", "answered", "of_ten"),
        [
            (95, 100, 9),
            (94, 100, 8),
            (100, 100, 9),
            (10**9, 10**9, 9),
            (24, 24, 8),
            (25, 25, 9),
            (9, 10, 6),
            (1, 1, 2),
            (0, 4, 0),
        ],
    )
    def test_is_the_lower_bound_of_the_share(self, right: int, answered: int, of_ten: int) -> None:
        assert right_of_ten(ConfidenceBand(min_probability=0.5, right=right, answered=answered)) == of_ten
