"""How often the overview speaks of more than usual when nothing is, and when something is; by simulation.

Twenty areas with thirty conditions, some common and most rare, week by week. Beside it the method that is simplest to
write, C2 of the Early Aberration Reporting System: more than the mean and three standard deviations of the weeks
before (Hutwagner et al., Journal of Urban Health 80 (2003), i89-i96), with the same minimum, baseline and gap.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.harness.measured import measured
from serving.monitoring.proportion import Share
from serving.overview.outbreak import (
    BASELINE_WEEKS,
    GAP_WEEKS,
    Week,
    is_unusual,
    outbreak_threshold,
    pooled_dispersion,
)
from serving.settings import Settings
from training.figures import Figure

COMMAND = "python -m benchmarks.overview outbreaks"
AREAS, CONDITIONS = 20, 30
MIN_CASES = Settings().overview_min_cases
_WEEKS = 1 + GAP_WEEKS + BASELINE_WEEKS
_CASES_A_WEEK = 60

# One series for each condition in each area; which of them are called unusual.
Series = Sequence[Sequence[Week]]
Method = Callable[[Series], list[bool]]


@dataclass(frozen=True)
class Season:
    """How cases come in."""

    name: str
    growth: float = 1.0  # Times as many cases in the present week as in the first
    dispersion: float = 1.0  # Variance of a condition's weekly count over its mean; 1 for chance alone
    surge: float = 1.0  # Times as many cases of the watched condition in the present week


QUIET = (
    Season("chance alone"),
    Season("weeks that differ twice as much", dispersion=2.0),
    Season("three times as many senders as ten weeks before", growth=3.0),
)
SURGES = tuple(Season(f"{times:.0f} times the usual", surge=times) for times in (3.0, 5.0, 8.0))
# Of the condition that surges, in its area.
_WATCHED_CASES = 3.0


def measure(*, pages: int, seed: int) -> Mapping[str, Figure]:
    figures = {}
    for season in QUIET:
        for key, method in _METHODS.items():
            flagged = [sum(method(_areas(season, np.random.default_rng((seed, page))))) for page in range(pages)]
            low, high = mean_interval(flagged)
            figures[f"outbreaks.quiet.{_slug(season)}.{key}"] = measured(
                f"nothing unusual, {season.name}: wrong signals on a page of {AREAS} areas, {_TITLES[key]}",
                round(float(np.mean(flagged)), 3),
                "",
                n=pages,
                command=COMMAND,
                interval=(low, high),
            ).of_no_bundle()
    for season in SURGES:
        for key, method in _METHODS.items():
            found = [method(_with_surge(season, np.random.default_rng((seed, page))))[0] for page in range(10 * pages)]
            noticed = Share(sum(found), len(found))
            low, high = noticed.interval
            figures[f"outbreaks.surge.{_slug(season)}.{key}"] = measured(
                f"{_WATCHED_CASES:.0f} cases a week in one area become {season.name}: noticed, {_TITLES[key]}",
                round(100 * (noticed.value or 0), 2),
                "%",
                n=len(found),
                command=COMMAND,
                interval=(round(100 * low, 2), round(100 * high, 2)),
            ).of_no_bundle()
    return figures


def ours(series: Series) -> list[bool]:
    """The method of the overview; the present week first."""
    dispersion = pooled_dispersion(weeks[1 + GAP_WEEKS :] for weeks in series)
    return [
        is_unusual(
            weeks[0],
            outbreak_threshold(weeks[1 + GAP_WEEKS :], weeks[0].all_cases, dispersion=dispersion),
            min_cases=MIN_CASES,
        )
        for weeks in series
    ]


def c2(series: Series) -> list[bool]:
    """Mean and three standard deviations, whatever the number of all cases."""
    flagged = []
    for weeks in series:
        baseline = [week.cases for week in weeks[1 + GAP_WEEKS :]]
        limit = float(np.mean(baseline) + 3 * np.std(baseline, ddof=1))
        flagged.append(weeks[0].cases >= MIN_CASES and weeks[0].cases > limit)
    return flagged


_METHODS: Mapping[str, Method] = {"majani": ours, "c2": c2}
_TITLES = {"majani": "this method", "c2": "C2"}


def _areas(season: Season, chance: np.random.Generator) -> Series:
    shares = 1 / np.arange(1, CONDITIONS + 1)
    shares /= shares.sum()
    size = np.array([_mean_cases(season, ago) for ago in range(_WEEKS)])
    series = []
    for _ in range(AREAS):
        means = size[:, np.newaxis] * shares
        if season.dispersion > 1:
            # A Poisson count whose mean is itself gamma distributed has that variance.
            means = chance.gamma(means / (season.dispersion - 1), season.dispersion - 1)
        counts = chance.poisson(means)
        totals = counts.sum(axis=1)
        series += [
            [Week(int(counts[ago, condition]), int(totals[ago])) for ago in range(_WEEKS)]
            for condition in range(CONDITIONS)
        ]
    return series


def _with_surge(season: Season, chance: np.random.Generator) -> Series:
    """The condition that surges first, and beside it one area that is as ever."""
    weeks = []
    for ago in range(_WEEKS):
        cases = int(chance.poisson(_WATCHED_CASES * (season.surge if ago == 0 else 1)))
        weeks.append(Week(cases, cases + int(chance.poisson(_CASES_A_WEEK - _WATCHED_CASES))))
    return [weeks, *_areas(QUIET[0], chance)[:CONDITIONS]]


def _mean_cases(season: Season, ago: int) -> float:
    return float(_CASES_A_WEEK * season.growth ** (-ago / (_WEEKS - 1)))


def mean_interval(flagged: Sequence[int]) -> tuple[float, float]:
    """Of the mean number per page; where none had any, up to what would be missed as a whole once in forty times."""
    if not any(flagged):
        return 0.0, round(-math.log(0.025) / len(flagged), 3)
    mean, half = float(np.mean(flagged)), 1.96 * float(np.std(flagged, ddof=1)) / len(flagged) ** 0.5
    return round(max(0.0, mean - half), 3), round(mean + half, 3)


def _slug(season: Season) -> str:
    return season.name.replace(" ", "_")
