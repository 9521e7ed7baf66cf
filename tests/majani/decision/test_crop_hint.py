"""A crop that the sender names weakens the others; one that stays likely contradicts the sender."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from majani.decision.grades import Grade
from majani.decision.rules import Outcome, Why, apply_crop_hint, decide, shown
from majani.errors import CaseError, ErrorCode
from majani.model.predictor import Floats
from tests.majani.conftest import refused
from tests.majani.decision.beliefs import BELOW, MANIFEST, belief, rules_manifest, vectors

# Conditions of a crop that are likely together, though each is less likely than one of another crop.
TOGETHER = {"bean__rust": 0.25, "bean__healthy": 0.25, "bean__blight": 0.125, "tomato__late_blight": 0.375}


def test_a_hint_weakens_other_crops_only() -> None:
    unsure = belief(bean__rust=0.25, tomato__late_blight=0.5, unknown_plant=0.125, not_a_plant=0.125)
    hinted = apply_crop_hint(unsure, manifest=MANIFEST, crop="bean")
    assert hinted.dtype == np.float32
    np.testing.assert_allclose(
        hinted, belief(bean__rust=2, tomato__late_blight=1, unknown_plant=1, not_a_plant=1) / 5, rtol=1e-6
    )
    certain = belief(tomato__healthy=1)
    np.testing.assert_array_equal(apply_crop_hint(certain, manifest=MANIFEST, crop="bean"), certain)
    np.testing.assert_array_equal(apply_crop_hint(unsure, manifest=MANIFEST, crop=None), unsure)


def test_a_hint_weakens_the_unknown_plant_but_not_what_is_no_plant() -> None:
    unsure = belief(bean__rust=0.2, unknown_plant=0.4, not_a_plant=0.4)
    rules = MANIFEST.rules.model_copy(update={"unknown_plant_factor": 0.25})
    after = apply_crop_hint(unsure, manifest=MANIFEST.model_copy(update={"rules": rules}), crop="bean")
    np.testing.assert_allclose(after, belief(bean__rust=2 / 7, unknown_plant=1 / 7, not_a_plant=4 / 7), atol=1e-6)


@pytest.mark.parametrize("crop", ["maize", "", "unknown_plant", "Bean"])
def test_a_hint_of_an_unknown_crop_is_refused(crop: str) -> None:
    with refused(CaseError, ErrorCode.CROP_UNKNOWN) as caught:
        apply_crop_hint(belief(bean__rust=1), manifest=MANIFEST, crop=crop)
    assert repr(crop) in str(caught.value)


@given(before=vectors(), crop=st.sampled_from(["bean", "tomato"]))
def test_a_hint_never_lowers_what_it_hints_at(before: Floats, crop: str) -> None:
    after = apply_crop_hint(before, manifest=MANIFEST, crop=crop)
    is_other = np.array([entry.crop not in (crop, None) for entry in MANIFEST.classes])
    assert after.sum() == pytest.approx(1, abs=1e-5)
    assert (after[~is_other] >= before[~is_other] - 1e-6).all()
    assert after[is_other].sum() <= before[is_other].sum() + 1e-6


@pytest.mark.parametrize(
    ("mass", "expected"),
    [
        pytest.param({"tomato__late_blight": 0.625, "unknown_plant": 0.375}, "tomato", id="a crop, at the edge"),
        pytest.param(TOGETHER, "bean", id="a crop, by all its conditions together"),
        pytest.param({"bean__rust": 0.625 - BELOW, "tomato__healthy": 0.375 + BELOW}, None, id="below the edge"),
        pytest.param({"not_a_plant": 0.75, "bean__rust": 0.25}, "not_a_plant", id="no plant"),
        pytest.param({"unknown_plant": 0.5, "not_a_plant": 0.5}, None, id="reject classes count apart"),
    ],
)
def test_a_photo_clearly_shows_what_has_enough_mass(mass: dict[str, float], expected: str | None) -> None:
    assert shown(belief(**mass), manifest=MANIFEST) == expected


@pytest.mark.parametrize(
    ("mass", "named", "seen"),
    [
        pytest.param({"tomato__late_blight": 0.625, "bean__rust": 0.375}, "bean", "tomato", id="at the edge"),
        pytest.param(TOGETHER, "tomato", "bean", id="in sum"),
    ],
)
def test_a_likely_other_crop_is_said_and_the_named_one_is_listed_without_a_name(
    mass: dict[str, float], named: str, seen: str
) -> None:
    decision = decide(belief(**mass), manifest=MANIFEST, crop=named)
    assert (decision.outcome, decision.why, decision.grade) == (Outcome.UNCERTAIN, Why.ANOTHER_CROP, Grade.ONE_OF)
    assert [one.id for one in decision.crops] == [seen]
    assert decision.crop == named
    assert decision.ranked[0].id.startswith(named)


def test_of_a_crop_with_a_single_condition_nothing_is_listed_beside_another_crop() -> None:
    alone = tuple(one for one in MANIFEST.classes if one.crop != "tomato" or one.id == "tomato.late_blight")
    mass = np.array([{"bean.rust": 0.75, "tomato.late_blight": 0.25}.get(one.id, 0) for one in alone], dtype=np.float32)
    decision = decide(mass, manifest=MANIFEST.model_copy(update={"classes": alone}), crop="tomato")
    assert (decision.grade, decision.why, decision.in_list) == (Grade.NOT_CLEAR, Why.ANOTHER_CROP, 0)
    assert decision.probability == 0


@pytest.mark.parametrize("reject", ["unknown_plant", "not_a_plant"])
def test_no_crop_leaf_contradicts_no_sender(reject: str) -> None:
    strict = rules_manifest(reject=0.75, shows=0.5)
    mixed = belief(**{reject: 0.5}, bean__rust=0.375, tomato__late_blight=0.125)
    assert decide(mixed, manifest=strict, crop="bean").ranked[0].id == "bean.rust"


def test_below_a_contradiction_the_sender_is_believed() -> None:
    mixed = belief(tomato__late_blight=0.625 - BELOW, bean__rust=0.375 + BELOW)
    decision = decide(mixed, manifest=MANIFEST, crop="bean")
    assert (decision.grade, decision.ranked[0].id, decision.why) == (Grade.MOST_LIKELY, "bean.rust", None)


@given(one=vectors(), crop=st.sampled_from(["bean", "tomato"]))
def test_no_condition_of_another_crop_is_ever_said(one: Floats, crop: str) -> None:
    decision = decide(one, manifest=MANIFEST, crop=crop)
    assert all(ranked.id.startswith(f"{crop}.") for ranked in decision.ranked)
    assert decision.crop in (crop, None)


def test_of_a_crop_without_a_class_nothing_is_said() -> None:
    only = tuple(entry for entry in MANIFEST.classes if entry.crop != "bean")
    manifest = MANIFEST.model_copy(update={"classes": only})
    decision = decide(np.array([0.25, 0.3125, 0.25, 0.1875], dtype=np.float32), manifest=manifest, crop="bean")
    assert (decision.grade, decision.why, decision.in_list) == (Grade.NOT_CLEAR, Why.FEW_KNOWN, 0)
