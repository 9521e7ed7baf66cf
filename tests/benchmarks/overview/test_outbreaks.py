"""The simulation tells quiet seasons from loud ones, for both methods, and is the same each time."""

import numpy as np
import pytest

from benchmarks.overview.outbreaks import AREAS, CONDITIONS, QUIET, SURGES, _areas, c2, mean_interval, measure, ours
from serving.overview.outbreak import BASELINE_WEEKS, Week


def test_a_season_has_every_condition_in_every_area() -> None:
    series = _areas(QUIET[0], np.random.default_rng(1))
    assert len(series) == AREAS * CONDITIONS
    totals = [weeks[0].all_cases for weeks in series]
    assert np.mean(totals) == pytest.approx(60, rel=0.1)
    # Of one area, the same for all its conditions.
    assert len(set(totals[:CONDITIONS])) == 1


def test_a_growing_season_grows() -> None:
    growing = next(season for season in QUIET if season.growth > 1)
    weeks = _areas(growing, np.random.default_rng(1))
    assert sum(one[0].all_cases for one in weeks) > 2.5 * sum(one[-1].all_cases for one in weeks)


def test_restless_weeks_differ_more() -> None:
    calm, restless = (_areas(season, np.random.default_rng(1)) for season in QUIET[:2])

    def scatter(series: object) -> float:
        counts = np.array([[week.cases for week in weeks] for weeks in series])  # type: ignore[attr-defined]
        return float(np.sum(counts.var(axis=1, ddof=1)) / np.sum(counts.mean(axis=1)))

    assert scatter(calm) == pytest.approx(1, abs=0.1)
    assert scatter(restless) == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("method", [ours, c2])
def test_methods_notice_what_everybody_would(method: object) -> None:
    loud = [Week(40, 90), *[Week(2, 60)] * (1 + BASELINE_WEEKS)]
    calm = [Week(2, 60)] * (2 + BASELINE_WEEKS)
    assert method([loud, calm]) == [True, False]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("flagged", "expected"),
    [
        # A mean of m wrong signals leaves n pages without one in exp(-m n) of all cases, which is 0.025 for this m.
        pytest.param([0] * 200, (0, 0.0184), id="none"),
        pytest.param([0] * 199 + [1], (0, 0.0148), id="one"),
        pytest.param([4, 6] * 100, (4.861, 5.139), id="many"),
    ],
)
def test_no_wrong_signal_is_no_certainty(flagged: list[int], expected: tuple[float, float]) -> None:
    assert mean_interval(flagged) == pytest.approx(expected, abs=0.001)


def test_figures_are_the_same_each_time() -> None:
    first, again = (measure(pages=3, seed=1) for _ in range(2))
    assert first == again
    assert len(first) == 2 * (len(QUIET) + len(SURGES))
