"""A calibrated number holds in fields that were not seen, and says less where less is known."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from majani.model.grading import Effect, Grading, LogisticCalibration
from majani.model.head import Answers
from majani.taxonomy import REJECT_CLASSES
from training.calibration.graded import fit_logistic, graded_cases, known_field, known_fields
from training.calibration.situations import Place

INTERCEPT, SLOPE, OF_FIELDS, OF_CROPS = 0.3, 0.6, 1.0, 0.7
NUMBER = LogisticCalibration(intercept=0, slope=1, field_variance=1, crop_variance=1)


def drawn(fields: int, *, photos: int = 120, seed: int = 1) -> tuple[np.ndarray, np.ndarray, list[str], list[str]]:
    """Shares, right answers, fields and crops of a world whose numbers are known; three fields a crop."""
    random = np.random.default_rng(seed)
    logits = random.normal(1.0, 2.0, (fields, photos))
    effects = random.normal(0, OF_FIELDS, fields) + np.repeat(random.normal(0, OF_CROPS, fields // 3), 3)
    right = random.random((fields, photos)) < expit(INTERCEPT + SLOPE * logits + effects[:, None])
    names = [f"crop{number // 3} of {number}" for number in range(fields)]
    return (
        expit(logits).ravel(),
        right.ravel(),
        list(np.repeat(names, photos)),
        [name.split(" ")[0] for name in np.repeat(names, photos)],
    )


def test_variances_are_found_and_the_number_holds_in_fields_not_seen() -> None:
    fitted = fit_logistic(*drawn(60))
    assert fitted.slope == pytest.approx(SLOPE, abs=0.08)
    assert fitted.field_variance == pytest.approx(OF_FIELDS**2, rel=0.5)
    assert fitted.crop_variance == pytest.approx(OF_CROPS**2, rel=0.9)
    shares, right, *_ = drawn(600, seed=2)
    said = np.array([fitted.probability(share, "a new crop") for share in shares])
    for low in (0.4, 0.6, 0.8):
        band = (said >= low) & (said < low + 0.2)
        assert right[band].mean() == pytest.approx(said[band].mean(), abs=0.05)


def test_what_is_not_known_of_crop_and_field_makes_a_number_careful() -> None:
    fitted = fit_logistic(*drawn(30))
    crop = max(fitted.crops, key=lambda name: fitted.crops[name].mean)
    known_field = fitted.model_copy(update={"fields": {crop: Effect(mean=0, variance=0)}}).probability(0.9, crop)
    assert fitted.probability(0.9, "new") < fitted.probability(0.9, crop) < known_field
    assert fitted.probability(0.0, crop) == fitted.probability(1e-4, crop) > 0


def test_healthy_and_the_number_of_conditions_have_their_own_effects() -> None:
    random = np.random.default_rng(5)
    logits, healthy = random.normal(1.0, 2.0, 6000), random.random(6000) < 0.5
    conditions = random.choice([2, 5, 10], 6000)
    right = random.random(6000) < expit(SLOPE * logits + 1.2 * healthy - 0.8 * np.log(conditions))
    fields = [f"field{number}" for number in random.integers(0, 30, 6000)]
    fitted = fit_logistic(expit(logits), right, fields, ["bean"] * 6000, healthy, conditions)
    assert (fitted.healthy, fitted.conditions) == (pytest.approx(1.2, abs=0.2), pytest.approx(-0.8, abs=0.15))
    said = fitted.probability(0.9, "bean", healthy=True, conditions=2)
    assert said > fitted.probability(0.9, "bean", conditions=2) > fitted.probability(0.9, "bean", conditions=10)


def test_a_field_counts_as_sixty_photos_at_most() -> None:
    shares, right, fields, crops = drawn(12)
    # The same photos again say nothing new of their field.
    often = np.append(np.arange(len(shares)), [*range(120)] * 2)
    once = fit_logistic(shares, right, fields, crops)
    more = fit_logistic(shares[often], right[often], [fields[at] for at in often], [crops[at] for at in often])
    assert more.intercept == pytest.approx(once.intercept, abs=1e-3)
    assert more.crops["crop0"].mean == pytest.approx(once.crops["crop0"].mean, abs=1e-3)


def test_without_an_answer_a_number_is_that_of_a_coin() -> None:
    nothing = fit_logistic([], [], [], [])
    assert nothing.crops == {}
    assert nothing.probability(0.5) == pytest.approx(0.5)


def test_a_longer_list_is_never_less_likely_to_hold_the_truth() -> None:
    plain = {"slope": 1, "field_variance": 0, "crop_variance": 0}
    lists = tuple(LogisticCalibration(intercept=intercept, **plain) for intercept in (0, -3, -2))
    number = LogisticCalibration(intercept=0, **plain)
    grading = Grading(lists=lists, sick=number, crop=number)
    assert grading.numbers([0.6, 0.8, 0.9], "bean", healthy=False, conditions=5) == pytest.approx([0.6, 0.6, 0.6])
    assert grading.numbers([0.6, 1.0, 1.0], "bean", healthy=False, conditions=2) == pytest.approx([0.6, 1, 1])
    unnamed = grading.numbers([0.6, 1.0, 1.0], "bean", healthy=False, conditions=2, of_crop=0.7)
    assert unnamed == pytest.approx([0.42, 0.7, 0.7])


@pytest.fixture(scope="module")
def next_field() -> LogisticCalibration:
    return LogisticCalibration(
        intercept=-0.3, slope=0.5, field_variance=0.5, crop_variance=0.8, crops={"bean": Effect(mean=0.4, variance=0.2)}
    )


def answers(shares: Sequence[float], right: Sequence[bool], groups: Sequence[int]) -> pd.DataFrame:
    """Of diseases of a crop with two conditions."""
    columns = {"share": shares, "right": right, "group": groups, "begins_healthy": False, "of_how_many": 2}
    return pd.DataFrame(columns)


@pytest.mark.parametrize("crop", ["bean", "a new crop"])
def test_a_place_that_answered_is_known_better_the_more_it_did(crop: str, next_field: LogisticCalibration) -> None:
    """In a field where names are right more often than in the next."""
    random = np.random.default_rng(3)
    shares = expit(random.normal(1.5, 1.5, 4000))
    truth = expit(next_field.intercept + next_field.slope * np.log(shares / (1 - shares)) + 1.5)
    right, errors, variances = random.random(4000) < truth, [], []
    for count in (0, 10, 100, 2000):
        known = known_field(next_field, crop, answers(shares[:count], right[:count], range(count)))
        said = np.array([known.probability(share, crop) for share in shares[2000:]])
        errors.append(abs(said - truth[2000:]).mean())
        variances.append(known.fields[crop].variance if count else 1.0)
        assert known.probability(0.9, "another") == next_field.probability(0.9, "another")
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.02
    assert variances == sorted(variances, reverse=True)


def test_photos_of_one_leaf_count_as_one(next_field: LogisticCalibration) -> None:
    shares, right, groups = [0.9] * 30, [True] * 30, list(range(30))
    once = known_field(next_field, "bean", answers(shares, right, groups))
    again = known_field(next_field, "bean", answers(shares * 4, right * 4, groups * 4))
    assert again == once
    fewer = known_field(next_field, "bean", answers(shares, right, [one // 10 for one in groups]))
    assert fewer.fields["bean"].mean < once.fields["bean"].mean


def district(called: int, sick: int, *, sure: float = 0.9) -> pd.DataFrame:
    """So many sick leaves, of which some look healthy, and as many healthy ones."""
    ids = ("bean.healthy", "bean.rust", "bean.other", *REJECT_CLASSES)
    truth = ["bean.rust"] * sick + ["bean.healthy"] * sick
    beliefs = np.zeros((2 * sick, len(ids)), dtype=np.float32)
    for at, one in enumerate(truth):
        seen = 1 - (one == "bean.healthy" or at < called)
        beliefs[at, [1 - seen, seen, 2]] = 0.1, 0.85, 0.05
    beliefs[:called, :2] = sure, 0.95 - sure
    groups = [str(at) for at in range(2 * sick)]
    return graded_cases(Place("here", Answers(ids, beliefs), pd.DataFrame({"class_id": truth}))).assign(group=groups)


@pytest.mark.parametrize(
    ("called", "sick", "least"), [(0, 20, 0.8), (0, 19, None), (1, 100, 0.8), (2, 100, 0.8), (3, 100, 0.9)]
)
def test_healthy_is_said_where_few_sick_leaves_get_it(called: int, sick: int, least: float | None) -> None:
    as_it_is = LogisticCalibration(intercept=0, slope=1, field_variance=1e-6, crop_variance=0)
    grading = Grading(lists=(as_it_is,) * 3, sick=as_it_is, crop=as_it_is, healthy={"bean": 0.9, "maize": 0.9})
    found = known_fields(grading, district(called, sick)).healthy
    assert found["maize"] == 0.9
    assert found.get("bean") == (least and pytest.approx(least, abs=0.01))


def test_none_of_these_takes_its_share_and_is_never_first() -> None:
    cases = district(0, 5)
    assert set(cases["conditions"]) == {3}
    assert set(cases["first"]) == {"bean.rust", "bean.healthy"}
    assert cases["share_3"].max() == pytest.approx(1)
    other = cases.assign(truth="bean.other", rank=9)
    assert known_fields(Grading(lists=(NUMBER,) * 3, sick=NUMBER, crop=NUMBER), other).lists[0].fields == {}
