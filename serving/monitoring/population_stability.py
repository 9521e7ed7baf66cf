"""Measures how far a distribution has moved from an earlier one. No wording and no database.

The measure is the population stability index, the sum of (q - p) ln(q / p) over bins, p and q being their shares then
and now. Its usual reading, less than 0.1 nothing, 0.25 and more a change, is a rule of thumb of credit scoring
(Siddiqi, "Credit Risk Scorecards", Wiley 2006). It holds for thousands of cases; of few, chance alone makes more. Where
nothing has changed, the index divided by (1/n + 1/m) is distributed like chi-squared with one degree of freedom less
than there are bins (Yurdakul and Naranjo, "Statistical properties of the population stability index", Journal of Risk
Model Validation 14 (2020), no. 4), so that only what passes the quantile of 99 % counts as a change at all.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

from majani.model.distribution import Histogram

# Report no change if either side has fewer cases.
MIN_CASES = 100
SLIGHT, CLEAR = 0.1, 0.25
_CERTAINTY = 0.99
# Added to every bin, so that one that was empty does not make the index infinite.
_SPREAD = 0.5


class Change(StrEnum):
    """How the index is read."""

    TOO_FEW = "too_few"
    NONE = "none"
    SLIGHT = "slight"
    CLEAR = "clear"


@dataclass(frozen=True)
class Drift:
    """One thing then and now, as counts of values.

    Attributes:
        index: Population stability index, 0 for the same shares; None if there are too few values.
        by_chance: The index stays below this in 99 of 100 comparisons where nothing has changed.
    """

    then: int
    now: int
    index: float | None
    by_chance: float
    change: Change


def drift_of_values(then: Histogram, now: Sequence[float]) -> Drift:
    """Compare a sample of a measured value, such as brightness, with a distribution."""
    return _drift(then.counts, then.count(now))


def drift_of_words(then: Mapping[str, int], now: Sequence[str]) -> Drift:
    """Compare a sample of one of a few words, such as outcomes, with counts."""
    words = sorted({*then, *now})
    return _drift([then.get(word, 0) for word in words], [now.count(word) for word in words])


def _drift(then: Sequence[int], now: Sequence[int]) -> Drift:
    n, m = sum(then), sum(now)
    if min(n, m) < MIN_CASES:
        return Drift(n, m, None, 0.0, Change.TOO_FEW)
    index = 0.0
    for before, after in zip(then, now, strict=True):
        p = (before + _SPREAD) / (n + _SPREAD * len(then))
        q = (after + _SPREAD) / (m + _SPREAD * len(now))
        index += (q - p) * math.log(q / p)
    by_chance = (1 / n + 1 / m) * _chi_squared_quantile(len(then) - 1)
    return Drift(n, m, index, by_chance, _read(index, by_chance))


def _read(index: float, by_chance: float) -> Change:
    if index < max(SLIGHT, by_chance):
        return Change.NONE
    return Change.CLEAR if index >= CLEAR else Change.SLIGHT


def _chi_squared_quantile(degrees: int) -> float:
    """By Wilson and Hilferty (1931), within 1 % from two degrees on; a phone-sized service has no scipy."""
    if degrees == 0:
        return 0.0
    part = 2 / (9 * degrees)
    return degrees * (1 - part + NormalDist().inv_cdf(_CERTAINTY) * math.sqrt(part)) ** 3
