"""Whether a condition comes in more often than in the weeks before. Statistics only.

A baseline of eight weeks, as in the Early Aberration Reporting System; a quasi-Poisson limit as in Farrington's method
(Noufaily et al., Statistics in Medicine 32 (2013), 1206-1222), without its trend and season. The number of all cases
counts: when twice as many people ask, twice as many cases of everything are usual. Eight weeks of one condition tell
little about how much weeks differ, so all conditions are asked together, and the larger of the two dispersions counts.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

# Weeks that tell what is usual, how many of them have to be known, and those just before the present ones that do not
# count: an outbreak that has begun must not become its own measure.
BASELINE_WEEKS, MIN_BASELINE_WEEKS = 8, 4
GAP_WEEKS = 1
# Their cases are compared: a small outbreak shows in two weeks that one hides.
WINDOW_WEEKS = 2
KNOWN_WEEKS = BASELINE_WEEKS + GAP_WEEKS + WINDOW_WEEKS
# Cases that the baseline needs in all; fewer do not tell what is usual.
MIN_BASELINE_CASES = 30
# Chance for a quiet condition to pass its limit. Hundreds are compared each week, so the paper's 1 in 200 would show
# some wrong ones each time.
_BY_CHANCE = 0.0005
# Added to the baseline's count, so that what never occurred has an expectation above nothing.
_UNSEEN = 0.5
# A variance so little above the mean is that of chance alone.
_NO_OVERDISPERSION = 1.001
# Start summing so many standard deviations below the mean: the mass below is negligible. Much further down, the
# probability of a single count of a large service is too small for a float.
_FAR_BELOW = 6.0


class Week(NamedTuple):
    """Cases of the condition and of any condition in the same time; a tuple, as there are tens of thousands."""

    cases: int
    all_cases: int


def baseline(cases: Sequence[float], all_cases: Sequence[float]) -> list[Week]:
    """Known weeks to compare with, of weekly counts, oldest first; empty if they are too few."""
    last = len(cases) - WINDOW_WEEKS - GAP_WEEKS
    weeks = range(max(0, last - BASELINE_WEEKS), max(0, last))
    known = [Week(int(cases[at]), int(all_cases[at])) for at in weeks if all_cases[at] > 0]
    return known if len(known) >= MIN_BASELINE_WEEKS else []


def pooled_dispersion(baselines: Iterable[Sequence[Week]]) -> float:
    """How much more the weeks of many conditions differ than by chance alone: variance over mean, at least 1."""
    spread, degrees = 0.0, 0
    for baseline in baselines:
        own = _spread(baseline)
        spread, degrees = spread + own[0], degrees + own[1]
    return max(1.0, spread / degrees) if degrees else 1.0


def outbreak_threshold(baseline: Sequence[Week], all_cases_now: int, *, dispersion: float = 1.0) -> int | None:
    """The cases above which they are unusual, by the earlier weeks and :func:`pooled_dispersion`; None of too few."""
    seen, total = _seen(baseline), sum(week.all_cases for week in baseline)
    if total < MIN_BASELINE_CASES or all_cases_now == 0:
        return None
    expected = seen / total * all_cases_now
    spread, degrees = _spread(baseline)
    own_dispersion = max(dispersion, spread / degrees if degrees else 1.0)
    # The spread of the count itself, plus the spread of the estimated mean.
    return quantile(expected, own_dispersion * (1 + expected / seen))


def _seen(baseline: Sequence[Week]) -> float:
    return sum(week.cases for week in baseline) + _UNSEEN


def _spread(baseline: Sequence[Week]) -> tuple[float, int]:
    """Pearson's sum of squares around the common share, and its degrees of freedom."""
    weeks = [week for week in baseline if week.all_cases > 0]
    if len(weeks) < 2:
        return 0.0, 0
    share = _seen(weeks) / sum(week.all_cases for week in weeks)
    usual = [share * week.all_cases for week in weeks]
    squares = sum((week.cases - mean) ** 2 / mean for week, mean in zip(weeks, usual, strict=True))
    return squares, len(weeks) - 1


def quantile(mean: float, dispersion: float) -> int:
    """The smallest count that is passed by chance less often than once in two thousand weeks."""
    count = max(0, int(mean - _FAR_BELOW * math.sqrt(dispersion * mean)))
    is_poisson = dispersion < _NO_OVERDISPERSION
    size, failure = (0.0, 0.0) if is_poisson else (mean / (dispersion - 1), 1 - 1 / dispersion)
    if is_poisson:
        probability = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    else:
        log_coefficient = math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1)
        probability = math.exp(log_coefficient - size * math.log(dispersion) + count * math.log(failure))
    below = probability
    while 1 - below >= _BY_CHANCE:
        probability *= mean / (count + 1) if is_poisson else (count + size) / (count + 1) * failure
        count += 1
        below += probability
    return count
