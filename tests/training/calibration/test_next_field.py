"""Fields that were never seen keep what was promised of them, as often as it says."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from majani.decision.rules import right_of_ten
from majani.taxonomy import Action
from tests.training.described import PARAMS_FILE
from training.calibration.decision_cost import ACTIONS, break_even
from training.calibration.next_field import chance_to_reach, next_field_at_least, right_at_least
from training.calibration.thresholds import confidence_bands, fit_answer_threshold
from training.settings import read_params


@pytest.mark.parametrize(("mean", "correlation"), [(0.92, 0.01), (0.9, 0.1), (0.75, 0.05), (0.97, 0.05)])
@pytest.mark.parametrize(("fields", "answers"), [(1, 60), (3, 30), (10, 12), (10, 60)])
def test_of_a_hundred_next_fields_ninety_five_keep_the_word(
    mean: float, correlation: float, fields: int, answers: int
) -> None:
    random = np.random.default_rng([fields, answers, round(1000 * mean)])
    size, repeats = 1 / correlation - 1, 150
    shares = random.beta(mean * size, (1 - mean) * size, (repeats, fields + 1))
    kept = 0
    for *known, new in shares:
        right = random.binomial(answers, known).astype(np.float64)
        kept += new >= next_field_at_least(right, np.full(fields, float(answers)))
    assert kept / repeats >= 0.95


CONFIDENCE = np.linspace(0.5, 0.98, 13)


def chances(ease: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How often answers of each confidence are right in fields of this ease, ``(F, 13)``; at 0, as often as it says."""
    return np.asarray(1 / (1 + np.exp(-ease[:, None]) * (1 - CONFIDENCE) / CONFIDENCE))


def test_thresholds_and_words_hold_in_a_field_that_was_not_there() -> None:
    """Most fields are less sure than they say, each in its own way: a mean of all would hold in half of them."""
    random = np.random.default_rng(1)
    crops, photos, repeats = 8, 120, 40
    confidence = np.resize(CONFIDENCE, crops * photos)
    crop = np.arange(crops).repeat(photos)
    precise, promised = [], []
    for _ in range(repeats):
        *known, (new,) = np.split(chances(random.normal(-0.3, 0.4, crops + 1)), [crops])
        right = random.random(len(crop)) < known[0][crop, np.arange(len(crop)) % len(CONFIDENCE)]
        cases = pd.DataFrame({"source": "a", "crop": crop, "confidence": confidence, "right": right})
        cases = cases.assign(field="a", group=cases.index)
        threshold = fit_answer_threshold(cases, precision=0.85, least=0.5)
        precise.append(threshold == 1 or new[threshold <= CONFIDENCE].mean() >= 0.85)
        bands = confidence_bands(cases[cases["confidence"] >= threshold], edges=(0.5, 0.8, 0.9))
        promised += [
            new[max(band.min_probability, threshold) <= CONFIDENCE].mean() >= right_of_ten(band) / 10
            for band in bands[-1:]
        ]
    assert np.mean(precise) >= 0.8
    assert len(promised) > repeats / 2
    assert np.mean(promised) >= 0.95


def test_fields_that_differ_prove_less_than_one_mean() -> None:
    answered = np.full(8, 50.0)
    alike, apart = np.full(8, 46.0), np.array([50.0, 50, 50, 50, 50, 50, 38, 30])
    assert alike.sum() == apart.sum()
    assert next_field_at_least(apart, answered) < next_field_at_least(alike, answered) - 0.1
    assert chance_to_reach(apart, answered, 0.85) < chance_to_reach(alike, answered, 0.85)
    # And many answers of one field prove less than as many of many.
    one = np.array([368.0]), np.array([400.0])
    assert next_field_at_least(*one) < next_field_at_least(alike, answered) - 0.1


def test_the_bound_of_a_place_is_the_exact_one() -> None:
    # All of 20 right: 0.05 to the power of 1/20. None right proves nothing.
    assert right_at_least(20, 20) == pytest.approx(0.05 ** (1 / 20))
    assert right_at_least(0, 20) == 0


def test_only_healthy_needs_more_than_the_settings_ask_for() -> None:
    """So the choice of thresholds asks for more there alone; another cost in the table has to come up here."""
    precision = read_params(PARAMS_FILE).calibrate.answer_precision
    assert {action for action in ACTIONS if break_even(action) > precision} == {Action.NOTHING}
