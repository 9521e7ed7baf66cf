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
def test_rule_3_refuses_from_the_threshold_on(unknown_plant: float, not_a_plant: float, outcome: Outcome) -> None:
    mass = unknown_plant + not_a_plant
    mixed = belief(bean__rust=1 - mass, unknown_plant=unknown_plant, not_a_plant=not_a_plant)
    decision = decide(mixed, manifest=MANIFEST)
    assert decision == Decision(outcome, None, mass, None, decision.candidates)
    assert decision.candidates[0] == Candidate("bean.rust", 1 - mass)


def test_rule_3_does_not_refuse_below_and_goes_before_naming() -> None:
    below = belief(bean__rust=0.5 + BELOW, unknown_plant=0.25, not_a_plant=0.25 - BELOW)
    assert decide(below, manifest=MANIFEST).outcome == Outcome.UNCERTAIN
    eager = rules_manifest(Thresholds(answer=0.25, reject=0.5, coarse=0.25))
    assert decide(belief(bean__rust=0.5, unknown_plant=0.5), manifest=eager).outcome == Outcome.UNKNOWN_PLANT


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        ("bean.rust", Outcome.CONDITION),
        ("bean.healthy", Outcome.HEALTHY),
        ("tomato.healthy", Outcome.HEALTHY),
        ("bean.blight", Outcome.CONDITION),
    ],
)
def test_rule_4_names_from_the_threshold_on(condition: str, outcome: Outcome) -> None:
    key = condition.replace(".", "__")
    named = decide(belief(**{key: 0.75}, unknown_plant=0.25), manifest=MANIFEST)
    assert named == Decision(outcome, condition, 0.75, None, named.candidates)
    below = decide(belief(**{key: 0.75 - BELOW}, unknown_plant=0.25 + BELOW), manifest=MANIFEST)
    assert (below.outcome, below.condition) == (Outcome.UNCERTAIN, None)


@pytest.mark.parametrize(
    ("own", "mass", "named"),
    [
        pytest.param(0.5, {"bean__rust": 0.5, "tomato__healthy": 0.5}, "bean.rust", id="more eager"),
        pytest.param(0.5, {"bean__rust": 0.5 - BELOW, "tomato__healthy": 0.5 + BELOW}, None, id="below it"),
        pytest.param(0.875, {"bean__rust": 0.875, "tomato__healthy": 0.125}, "bean.rust", id="more careful"),
        pytest.param(0.875, {"bean__rust": 0.875 - BELOW, "tomato__healthy": 0.125 + BELOW}, None, id="below that"),
        pytest.param(1.0, {"bean__rust": 1.0}, None, id="one is never reached"),
        pytest.param(0.5, {"bean__blight": 0.5, "bean__healthy": 0.5}, None, id="another keeps the general one"),
    ],
)
def test_a_class_may_have_its_own_threshold(own: float, mass: dict[str, float], named: str | None) -> None:
    manifest = rules_manifest(THRESHOLDS.model_copy(update={"per_class": {"bean.rust": own}}))
    decision = decide(belief(**mass), manifest=manifest)
    assert (decision.condition, decision.outcome is Outcome.UNCERTAIN) == (named, named is None)


@pytest.mark.parametrize(
    ("case", "named"),
    [
        pytest.param({}, True, id="one photo"),
        pytest.param({"photos": 2}, True, id="several, without rules of their own"),
        pytest.param({"crop": "bean"}, False, id="a crop named"),
        pytest.param({"photos": 2, "crop": "bean"}, True, id="a class of its own there"),
    ],
)
def test_a_situation_may_have_its_own_rules(case: dict[str, Any], named: bool) -> None:
    careful = SituationRules(answer=0.875)
    lenient = SituationRules(answer=0.875, per_class={"bean.rust": 0.5})
    situations = {Situation.CROP_NAMED: careful, Situation.CROP_NAMED_SEVERAL_PHOTOS: lenient}
    manifest = MANIFEST.model_copy(update={"rules": MANIFEST.rules.model_copy(update={"situations": situations})})
    at_edge = belief(bean__rust=0.75, tomato__healthy=0.25)
    assert (decide(at_edge, manifest=manifest, **case).condition == "bean.rust") == named


@pytest.mark.parametrize(("top", "count"), [({}, 5), ({"top": 1}, 1), ({"top": 6}, 6), ({"top": 99}, 6)])
def test_candidates_are_listed_by_falling_probability(top: dict[str, int], count: int) -> None:
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
def test_a_belief_of_another_length_is_refused(judge: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match=r"shorter|mismatch"):
        judge(np.array([0.5, 0.5], dtype=np.float32), manifest=MANIFEST)


@given(one=vectors())
def test_the_parts_of_any_decision_fit_together(one: Floats) -> None:
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
