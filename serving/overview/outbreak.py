"""Whether a condition comes in more often than usual. Statistics only: no wording, no database.

The limit is that of Farrington, Andrews, Beale and Catchpole, "A statistical algorithm for the early detection of
outbreaks of infectious disease", Journal of the Royal Statistical Society A 159 (1996), 547-563: a Poisson mean with
the scatter of the weeks before, and an upper bound on the scale of the power 2/3, where small counts are nearly
symmetric. Their trend and season are left out, because cases are not kept for years. Their place is taken by the number
of all cases: when twice as many people ask, twice as many cases of everything are usual.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

# Weeks that tell what is usual, and those just before the present one that do not count: an outbreak that has begun
# must not become its own measure. Together with the present week 70 days, less than cases are kept by default.
BASELINE_WEEKS = 8
GAP_WEEKS = 1
# Cases that the baseline needs in all; from fewer nobody can tell what is usual.
MIN_BASELINE_CASES = 30
# One in 200 quiet weeks passes this quantile of the normal distribution, as in the paper.
QUANTILE = 2.58
# Added to the baseline's count, so that what never occurred has an expectation above nothing.
_UNSEEN = 0.5


@dataclass(frozen=True)
class Week:
    """Seven days in one area.

    Attributes:
        cases: Of the condition.
        all_cases: Of any condition, healthy and uncertain ones included.
    """

    cases: int
    all_cases: int


@dataclass(frozen=True)
class Level:
    """What would be usual now.

    Attributes:
        expected: Cases of the condition, given how many cases there are in all.
        limit: More than this is unusual.
    """

    expected: float
    limit: float


def usual_level(baseline: Sequence[Week], all_cases_now: int) -> Level | None:
    """What the weeks before let one expect.

    Args:
        baseline: In any order.
        all_cases_now: Of the present week.

    Returns:
        None if the baseline has too few cases to tell.
    """
    seen, total = sum(week.cases for week in baseline), sum(week.all_cases for week in baseline)
    if total < MIN_BASELINE_CASES or all_cases_now == 0:
        return None
    share = (seen + _UNSEEN) / total
    expected = share * all_cases_now
    scatter = _scatter(baseline, share)
    # Of the count itself, and of the mean that is only estimated.
    variance = scatter * expected + scatter * expected**2 / (seen + _UNSEEN)
    limit = expected * (1 + 2 / 3 * QUANTILE * math.sqrt(variance) / expected) ** 1.5
    return Level(expected, limit)


def is_unusual(now: Week, level: Level | None, *, min_cases: int) -> bool:
    """Whether somebody should have a look.

    Args:
        now: The present week.
        level: None where nobody can tell what is usual.
        min_cases: Fewer are no outbreak, however rare the condition is.
    """
    return level is not None and now.cases >= min_cases and now.cases > level.limit


def _scatter(baseline: Sequence[Week], share: float) -> float:
    """How much more weeks differ than by chance alone; at least 1, because by chance they may differ less."""
    weeks = [week for week in baseline if week.all_cases > 0]
    if len(weeks) < 2:
        return 1.0
    pearson = sum((week.cases - share * week.all_cases) ** 2 / (share * week.all_cases) for week in weeks)
    return max(1.0, pearson / (len(weeks) - 1))
