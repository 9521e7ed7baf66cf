"""A calibrated number holds in fields that were not seen, and says less where less is known."""

import numpy as np
import pytest
from scipy.special import expit

from majani.model.grading import Effect, Grading, LogisticCalibration
from training.calibration.graded import fit_logistic

INTERCEPT, SLOPE, OF_FIELDS, OF_CROPS = 0.3, 0.6, 1.0, 0.7


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


def test_a_field_counts_as_sixty_photos_at_most() -> None:
    shares, right, fields, crops = drawn(12)
    # The same photos again say nothing new of their field.
    again = [np.concatenate([of, of[:120], of[:120]]) for of in (shares, right)]
    once = fit_logistic(shares, right, fields, crops)
    more = fit_logistic(*again, fields + fields[:120] * 2, crops + crops[:120] * 2)
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
    assert grading.numbers([0.6, 0.8, 0.9], "bean", conditions=5) == pytest.approx([0.6, 0.6, 0.6])
    assert grading.numbers([0.6, 1.0, 1.0], "bean", conditions=2) == pytest.approx([0.6, 1, 1])
    unnamed = grading.numbers([0.6, 1.0, 1.0], "bean", conditions=2, crop_share=0.7)
    assert unnamed == pytest.approx([0.42, 0.7, 0.7])
