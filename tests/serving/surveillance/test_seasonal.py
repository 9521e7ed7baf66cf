"""The seasonal model finds what data were made with, and what another program finds; old outbreaks hardly move it."""

import numpy as np
import pytest
from sklearn.linear_model import PoissonRegressor

from serving.surveillance import seasonal
from serving.surveillance.recent import WINDOW_WEEKS
from serving.surveillance.seasonal import GAP_WEEKS, MIN_KNOWN_WEEKS, expect, is_long_enough

WEEKS = 5 * 52
OTHERS = np.full((1, WEEKS), 200.0)


def made(trend: float, season: list[float]) -> seasonal.Array:
    """Counts exactly as the model has them, without chance: 20 a week now, and more or less in other seasons."""
    design = seasonal._design(np.arange(WEEKS - 1, -1, -1, dtype=float))
    counts: seasonal.Array = 20 * np.exp(design[:, 1:] @ np.array([trend, *season]))
    return counts[np.newaxis]


@pytest.mark.parametrize("trend", [0.0, 0.3])
def test_season_and_trend_are_found(trend: float) -> None:
    expected = expect(made(trend, [-1, -2, -2, -1, 0, 0.5, 1, 1, 0.5]), OTHERS)
    assert expected.mean == pytest.approx(20 * WINDOW_WEEKS, rel=0.03)
    # Nothing but the uncertainty of the estimate, which is known from decades of reading as few weeks as these.
    assert 1 < expected.dispersion[0] < 1.4


def test_fit_is_that_of_another_program() -> None:
    chance = np.random.default_rng(1)
    design = seasonal._design(np.arange(WEEKS - 1, GAP_WEEKS - 1, -1, dtype=float))
    exposure = chance.uniform(50, 200, (1, len(design)))
    counts = chance.poisson(0.1 * exposure).astype(float)
    weight = chance.uniform(0.2, 1, counts.shape)
    found = seasonal._fit(counts, np.log(exposure), weight, design)
    reference = PoissonRegressor(alpha=1e-9, tol=1e-9, max_iter=1000).fit(
        design[:, 1:], (counts / exposure)[0], sample_weight=(weight * exposure)[0]
    )
    # The weak prior is the only difference.
    assert found.coefficients[0] == pytest.approx([reference.intercept_, *reference.coef_], abs=0.01)


def test_an_old_outbreak_in_this_season_is_not_usual() -> None:
    counts = np.random.default_rng(2).poisson(20, (1, WEEKS)).astype(float)
    loud = counts.copy()
    loud[:, WEEKS - 53 : WEEKS - 50] = 90
    quiet_mean, loud_mean = expect(counts, OTHERS).mean, expect(loud, OTHERS).mean
    plain_mean = quiet_mean * (1 + 3 * 70 / (5 * 7 * 20))
    assert loud_mean < 0.5 * quiet_mean + 0.5 * plain_mean


def test_the_latest_weeks_and_those_of_which_nothing_is_known_do_not_count() -> None:
    counts, others = made(0.0, [0.0] * 9), OTHERS.copy()
    before = expect(counts, others).mean
    counts[:, -GAP_WEEKS:] = 500
    assert expect(counts, others).mean == pytest.approx(before)
    unknown = slice(60, 80)
    counts[:, unknown], others[:, unknown] = 0, 0
    assert expect(counts, others).mean == pytest.approx(before, rel=0.03)


def test_more_people_who_ask_make_more_usual_at_once() -> None:
    counts, others = made(0.0, [0.0] * 9), OTHERS.copy()
    before = expect(counts, others).mean
    others[:, -WINDOW_WEEKS:] *= 3
    assert expect(counts, others).mean == pytest.approx(3 * before)


def test_a_history_is_long_enough_with_a_year_and_a_half_of_known_weeks() -> None:
    weeks = np.ones((2, MIN_KNOWN_WEEKS + GAP_WEEKS))
    weeks[1, 0] = 0
    assert is_long_enough(weeks).tolist() == [True, False]
