"""The numbered rules, each at its edge, and what must hold for any belief."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from majani.decision.rules import Candidate, Decision, Outcome, decide, shown
from majani.model.bundle import Situation, SituationRules, Thresholds
from majani.model.predictor import Floats
from tests.majani.decision.beliefs import BELOW, MANIFEST, THRESHOLDS, belief, rules_manifest, vectors


def test_published_outcomes_never_change() -> None:
    published = {"healthy", "condition", "uncertain", "unknown_plant", "not_a_plant", "retake"}
    assert {outcome.value for outcome in Outcome} == published


class TestReject:
    """Rule 3."""

    @pytest.mark.parametrize(
        ("unknown_plant", "not_a_plant", "outcome"),
        [
            pytest.param(0.5, 0.0, Outcome.UNKNOWN_PLANT, id="unknown at edge"),
            pytest.param(0.0, 0.5, Outcome.NOT_A_PLANT, id="no plant at edge"),
            pytest.param(0.25, 0.25, Outcome.UNKNOWN_PLANT, id="tie"),
            pytest.param(0.25, 0.25 + BELOW, Outcome.NOT_A_PLANT, id="no plant ahead"),
            pytest.param(0.25 + BELOW, 0.25, Outcome.UNKNOWN_PLANT, id="unknown ahead"),
        ],
    )
    def test_refuses_from_the_threshold_on(self, unknown_plant: float, not_a_plant: float, outcome: Outcome) -> None:
        mass = unknown_plant + not_a_plant
        mixed = belief(bean__rust=1 - mass, unknown_plant=unknown_plant, not_a_plant=not_a_plant)
        decision = decide(mixed, manifest=MANIFEST)
        assert decision == Decision(outcome, None, mass, None, decision.candidates)
        assert decision.candidates[0] == Candidate("bean.rust", 1 - mass)

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
        named = decide(belief(**{key: 0.75}, unknown_plant=0.25), manifest=MANIFEST)
        assert named == Decision(outcome, condition, 0.75, None, named.candidates)
        below = decide(belief(**{key: 0.75 - BELOW}, unknown_plant=0.25 + BELOW), manifest=MANIFEST)
        assert (below.outcome, below.condition) == (Outcome.UNCERTAIN, None)

    @pytest.mark.parametrize("own", [0.5, 0.875], ids=["more eager", "more careful"])
    def test_a_class_may_have_its_own_threshold(self, own: float) -> None:
        manifest = rules_manifest(THRESHOLDS.model_copy(update={"per_class": {"bean.rust": own}}))
        at_edge = belief(bean__rust=own, tomato__healthy=1 - own)
        below = belief(bean__rust=own - BELOW, tomato__late_blight=0.5 - own / 2, tomato__healthy=0.5 - own / 2 + BELOW)
        assert decide(at_edge, manifest=manifest).condition == "bean.rust"
        assert decide(below, manifest=manifest).condition is None

    def test_a_threshold_of_one_is_never_reached(self) -> None:
        manifest = rules_manifest(THRESHOLDS.model_copy(update={"per_class": {"bean.rust": 1.0}}))
        assert decide(belief(bean__rust=1.0), manifest=manifest).outcome == Outcome.UNCERTAIN

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
            tomato__late_blight=0.0625, bean__rust=0.25, bean__healthy=0.125, tomato__healthy=0.125, not_a_plant=0.4375
        )
        expected = [
            ("bean.rust", 0.25),
            ("bean.healthy", 0.125),  # a tie keeps the manifest's order
            ("tomato.healthy", 0.125),
            ("tomato.late_blight", 0.0625),
            *(("bean.blight", 0.0), ("bean.angular_leaf_spot", 0.0)),
        ]
        assert decide(mixed, manifest=MANIFEST, **top).candidates == tuple(Candidate(*one) for one in expected[:count])

    @pytest.mark.parametrize("judge", [decide, shown])
    def test_refuses_a_belief_of_another_length(self, judge: Callable[..., object]) -> None:
        with pytest.raises(ValueError, match=r"shorter|mismatch"):
            judge(np.array([0.5, 0.5], dtype=np.float32), manifest=MANIFEST)


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
            assert decision.probability >= THRESHOLDS.coarse
        assert decision.outcome != Outcome.RETAKE

    @given(one=vectors())
    def test_a_higher_threshold_never_names_more(self, one: Floats) -> None:
        careful = rules_manifest(THRESHOLDS.model_copy(update={"answer": 0.9}))
        if decide(one, manifest=careful).condition is not None:
            assert decide(one, manifest=MANIFEST) == decide(one, manifest=careful)
