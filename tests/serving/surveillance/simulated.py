"""How often the overview speaks of more than usual when nothing is, and how soon when something is; by simulation.

Twenty districts with twelve conditions, some common and most rare, week by week: negative binomial counts with a season
of their own and a trend. Beside it the method that is simplest to write, C2 of the Early Aberration Reporting System:
more than the mean and three standard deviations of the weeks before (Hutwagner et al., Journal of Urban Health 80
(2003), i89-i96), with the same minimum and baseline.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from serving.monitoring.proportion import Share
from serving.settings import Settings
from serving.surveillance.alerts import Counts, passed_limits
from serving.surveillance.recent import BASELINE_WEEKS, GAP_WEEKS, KNOWN_WEEKS

DISTRICTS = 20
# Cases a week of each condition in a district, over the year.
USUAL = (10.0, 8.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 1.0, 0.5, 0.5, 0.2)
YEAR_WEEKS, HISTORY_WEEKS = 52, 26
# Variance of a weekly count over its mean.
DISPERSION = 1.5
MIN_CASES = Settings().overview_min_cases
_SWING, _TRENDS = 0.7, (-0.1, 0.2)
_OUTBREAK_TIMES, _FOUND_WITHIN_WEEKS = 3.0, 2

# Cases and all cases, ``(S, W)``, oldest week first; which series are called unusual in the last week.
Method = Callable[[Counts, Counts], set[int]]


def false_alerts(method: Method, chance: np.random.Generator) -> Sequence[int]:
    """For each district, the alerts of one quiet year; what lasts several weeks is one."""
    weeks = HISTORY_WEEKS + YEAR_WEEKS
    cases, all_cases = _districts(USUAL, weeks, chance)
    alerts, before = [0] * DISTRICTS, set[int]()
    for last in range(HISTORY_WEEKS, weeks):
        known = slice(max(0, last + 1 - KNOWN_WEEKS), last + 1)
        now = method(cases[:, known], all_cases[:, known])
        for number in now - before:
            alerts[number // len(USUAL)] += 1
        before = now
    return alerts


def found_outbreaks(base: float, method: Method, outbreaks: int, chance: np.random.Generator) -> Share:
    """Of outbreaks that begin with a week and last, those that are found when that or the next one is over."""
    weeks = HISTORY_WEEKS + _FOUND_WITHIN_WEEKS
    found = 0
    for _ in range(math.ceil(outbreaks / DISTRICTS)):
        cases, all_cases = _districts((base, *USUAL), weeks, chance, outbreak_at=HISTORY_WEEKS)
        ends = range(HISTORY_WEEKS + 1, weeks + 1)
        alerts = set.union(*(method(cases[:, :end], all_cases[:, :end]) for end in ends))
        found += sum(number * (1 + len(USUAL)) in alerts for number in range(DISTRICTS))
    return Share(found, math.ceil(outbreaks / DISTRICTS) * DISTRICTS)


def ours(cases: Counts, all_cases: Counts) -> set[int]:
    is_everywhere = np.zeros(len(cases), dtype=bool)
    return set(passed_limits(cases, all_cases, is_everywhere, min_cases=MIN_CASES))


def c2(cases: Counts, _: Counts) -> set[int]:
    """Mean and three standard deviations of single weeks, whatever the number of all cases."""
    now, baseline = cases[:, -1], cases[:, -1 - GAP_WEEKS - BASELINE_WEEKS : -1 - GAP_WEEKS]
    limit = baseline.mean(1) + 3 * baseline.std(1, ddof=1)
    return set(np.flatnonzero((now >= MIN_CASES) & (now > limit)).tolist())


def _districts(
    usual: Sequence[float],
    weeks: int,
    chance: np.random.Generator,
    *,
    outbreak_at: int | None = None,
) -> tuple[Counts, Counts]:
    """Series by district and condition. An outbreak is of the first condition, at its usual number of that week."""
    week, shape = np.arange(weeks), (DISTRICTS, len(usual), 1)
    peak = chance.uniform(0, 2 * np.pi, shape)
    trend = chance.uniform(*_TRENDS, (DISTRICTS, 1, 1))
    mean = np.array(usual)[:, np.newaxis] * np.exp(
        _SWING * np.cos(2 * np.pi * week / (365.25 / 7) + peak) + trend * (week - weeks) / YEAR_WEEKS
    )
    if outbreak_at is not None:
        mean[:, 0] *= usual[0] / mean[:, 0, outbreak_at, np.newaxis]
        mean[:, 0, outbreak_at:] *= _OUTBREAK_TIMES
    # A Poisson count whose mean is itself gamma distributed has that variance.
    counts = chance.poisson(chance.gamma(mean / (DISPERSION - 1), DISPERSION - 1))
    all_cases = np.broadcast_to(counts.sum(1, keepdims=True), counts.shape)
    return counts.reshape(-1, weeks).astype(float), all_cases.reshape(-1, weeks).astype(float)
