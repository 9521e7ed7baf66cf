"""The numbered rules, each at its edge, and what must hold for any belief."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from majani.decision.grades import Grade
from majani.decision.rules import Decision, Outcome, Why, decide, shown
from majani.model.bundle import Adaptation, ClassEntry
from majani.model.predictor import Floats
from tests.majani.decision.beliefs import BELOW, MANIFEST, belief, rules_manifest, vectors

UNSURE, NAMED = Outcome.UNCERTAIN, Outcome.CONDITION


@pytest.mark.parametrize(
    ("unknown_plant", "not_a_plant", "outcome"),
    [
        pytest.param(0.5, 0.0, Outcome.UNKNOWN_PLANT, id="unknown at edge"),
        pytest.param(0.0, 0.5, Outcome.NOT_A_PLANT, id="no plant at edge"),
        pytest.param(0.25, 0.25, Outcome.UNKNOWN_PLANT, id="tie"),
        pytest.param(0.25, 0.25 + BELOW, Outcome.NOT_A_PLANT, id="no plant ahead"),
    ],
)
def test_rule_3_refuses_from_the_threshold_on(unknown_plant: float, not_a_plant: float, outcome: Outcome) -> None:
    mass = unknown_plant + not_a_plant
    mixed = belief(bean__rust=1 - mass, unknown_plant=unknown_plant, not_a_plant=not_a_plant)
    assert decide(mixed, manifest=MANIFEST, crop="bean") == Decision(outcome, mass)


def test_rule_3_does_not_refuse_below() -> None:
    below = belief(bean__rust=0.5 + BELOW, unknown_plant=0.25, not_a_plant=0.25 - BELOW)
    assert decide(below, manifest=MANIFEST, crop="bean").grade is Grade.MOST_LIKELY


@pytest.mark.parametrize(
    ("bean", "why", "grade"),
    [(0.8125, None, Grade.MOST_LIKELY), (0.75, Why.WHICH_CROP, Grade.NOT_CLEAR)],
)
def test_rule_4_asks_for_a_crop_that_is_not_clear(bean: float, why: Why | None, grade: Grade) -> None:
    decision = decide(belief(bean__rust=bean, tomato__late_blight=1 - bean), manifest=MANIFEST)
    assert (decision.why, decision.grade) == (why, grade)
    if why:
        assert [one.id for one in decision.crops] == ["bean", "tomato"]
        assert (decision.ranked, decision.in_list, decision.crop) == ((), 0, None)


def test_without_a_named_crop_its_number_bounds_that_of_the_condition() -> None:
    decision = decide(belief(bean__rust=0.8125, tomato__late_blight=0.1875), manifest=MANIFEST)
    assert decision.ranked[0].probability == pytest.approx(0.8125, abs=1e-3)
    assert math.fsum(one.probability for one in decision.ranked) == pytest.approx(0.8125, abs=1e-3)


@pytest.mark.parametrize(
    ("mass", "outcome", "grade", "length"),
    [
        pytest.param({"rust": 0.8125, "blight": 0.1875}, NAMED, Grade.MOST_LIKELY, 2, id="most likely"),
        pytest.param({"rust": 0.75, "blight": 0.25}, NAMED, Grade.PROBABLY, 2, id="probably"),
        pytest.param({"rust": 0.625, "blight": 0.125, "healthy": 0.25}, NAMED, Grade.PROBABLY, 2, id="two of three"),
        pytest.param({"blight": 0.5, "rust": 0.5}, UNSURE, Grade.ONE_OF, 2, id="one of two"),
        pytest.param({"rust": 0.5, "blight": 0.25, "healthy": 0.25}, UNSURE, Grade.ONE_OF, 3, id="one of three"),
        pytest.param({"healthy": 0.9375, "rust": 0.0625}, Outcome.HEALTHY, Grade.MOST_LIKELY, 1, id="healthy"),
        pytest.param({"healthy": 0.875, "rust": 0.125}, UNSURE, Grade.PROBABLY, 2, id="healthy has to be surer"),
    ],
)
def test_rule_5_grades(mass: dict[str, float], outcome: Outcome, grade: Grade, length: int) -> None:
    decision = decide(belief(**{f"bean__{one}": of for one, of in mass.items()}), manifest=MANIFEST, crop="bean")
    assert (decision.outcome, decision.grade, decision.in_list) == (outcome, grade, length)
    assert decision.ranked[0].id == f"bean.{max(mass, key=lambda one: mass[one])}"


def test_healthy_is_never_most_likely_of_a_crop_without_a_bound() -> None:
    grading = MANIFEST.rules.grading.model_copy(update={"healthy": {}})
    decision = decide(belief(bean__healthy=1), manifest=rules_manifest(grading=grading), crop="bean")
    assert (decision.outcome, decision.grade) == (UNSURE, Grade.PROBABLY)


def test_a_district_that_has_taught_two_conditions_names_none_as_most_likely() -> None:
    taught = MANIFEST.model_copy(update={"adapted_to": Adaptation(place="K", photos=9, cases=9, from_version="1")})
    sure = {"bean": belief(bean__rust=1), "tomato": belief(tomato__late_blight=1)}
    grades = {crop: decide(one, manifest=taught, crop=crop).grade for crop, one in sure.items()}
    assert grades == {"bean": Grade.MOST_LIKELY, "tomato": Grade.PROBABLY}
    assert decide(sure["tomato"], manifest=MANIFEST, crop="tomato").grade is Grade.MOST_LIKELY


def test_none_of_these_takes_probability_and_is_never_said() -> None:
    other = ClassEntry(id="bean.other", name="none of these", crop="bean")
    manifest = MANIFEST.model_copy(update={"classes": (other, *MANIFEST.classes)})
    decision = decide(np.append(np.float32(0.5), belief(bean__rust=0.5)), manifest=manifest, crop="bean")
    assert decision.grade is Grade.ONE_OF
    assert decision.ranked[0].probability == pytest.approx(0.5, abs=1e-3)
    assert "bean.other" not in {one.id for one in decision.ranked}


@pytest.mark.parametrize(
    ("mass", "sick"),
    [
        ({"rust": 0.375, "blight": 0.25, "healthy": 0.375}, 0.625),
        ({"rust": 0.25, "blight": 0.25, "healthy": 0.5}, None),
        ({"rust": 0.375, "angular_leaf_spot": 0.1875, "healthy": 0.4375}, None),
    ],
)
def test_rule_6_says_that_it_looks_sick(mass: dict[str, float], sick: float | None) -> None:
    decision = decide(belief(**{f"bean__{one}": of for one, of in mass.items()}), manifest=MANIFEST, crop="bean")
    assert decision.looks_sick == (sick if sick is None else pytest.approx(sick, abs=1e-6))


def test_photos_of_two_plants_withdraw_the_name() -> None:
    decision = decide(belief(bean__rust=1), manifest=MANIFEST, crop="bean", plants=2)
    assert (decision.grade, decision.why, decision.ranked) == (Grade.NOT_CLEAR, Why.SEVERAL_PLANTS, ())


@pytest.mark.parametrize("judge", [decide, shown])
def test_a_belief_of_another_length_is_refused(judge: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match=r"shorter|mismatch"):
        judge(np.array([0.5, 0.5], dtype=np.float32), manifest=MANIFEST)


@given(one=vectors(), crop=st.sampled_from(["bean", "tomato", None]))
def test_the_parts_of_any_decision_fit_together(one: Floats, crop: str | None) -> None:
    decision = decide(one, manifest=MANIFEST, crop=crop)
    probabilities = [ranked.probability for ranked in decision.ranked]
    assert probabilities == sorted(probabilities, reverse=True)
    assert math.fsum(probabilities) <= 1 + 1e-6
    assert 0 <= decision.probability <= 1 + 1e-6
    assert 0 <= decision.in_list <= min(3, len(decision.ranked))
    if decision.outcome in (Outcome.HEALTHY, Outcome.CONDITION):
        assert decision.grade is not None
        assert decision.grade.is_name
        assert decision.probability == probabilities[0] >= 0.6
    assert (decision.grade is None) == (decision.outcome in (Outcome.UNKNOWN_PLANT, Outcome.NOT_A_PLANT))
    assert decision.outcome != Outcome.RETAKE
