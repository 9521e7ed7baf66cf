"""How many cases of a condition are usual at this time of the year, from years of weekly counts. Statistics only.

The method is Farrington Flexible: Noufaily et al., "An improved algorithm for outbreak detection in multiple
surveillance systems", Statistics in Medicine 32 (2013), 1206-1222. A log-linear quasi-Poisson model has a linear trend
and a factor of ten seasons, one of them the seven weeks around the present one of each year; weeks far above their
expectation lose weight; the latest 26 weeks do not count; the limit is a quantile of the negative binomial
distribution. Four things differ here:

1. The model counts cases per case of anything else, over eight weeks, because the number of people who ask changes.
2. Two weeks are compared instead of one: a small outbreak shows in them that one week hides.
3. The variance of the estimate is added to that of the count, because two years tell less than five.
4. Coefficients have a weak prior, because a rare condition has seasons without a case.

"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serving.surveillance.recent import WINDOW_WEEKS

Array = NDArray[np.float64]

YEARS = 5
# The latest weeks, which do not count, and how many of those before have to be known.
GAP_WEEKS, MIN_KNOWN_WEEKS = 26, 78
MAX_WEEKS = 52 * YEARS + GAP_WEEKS
_SMOOTHED_WEEKS = 8
_YEAR = 365.25 / 7
_SEASONS, _PRESENT_SEASON = 10, 7.0
_FAR_ABOVE = 2.58
# Precision of the prior of each coefficient but the first: a factor of 20 between seasons is nothing special.
_PRIOR = 0.1
_ROUNDS, _MAX_STEP = 8, 2.0
_TINY, _MAX_LOG = 1e-9, 30.0


@dataclass(frozen=True)
class Expected:
    """Of ``(S,)`` series: the mean count of the last two weeks, and how many times larger its variance is."""

    mean: Array
    dispersion: Array


def is_long_enough(others: Array) -> NDArray[np.bool_]:
    """Which of ``(S, W)`` series, oldest week first, have enough known weeks for :func:`expect`, by its ``others``."""
    is_enough: NDArray[np.bool_] = (others[:, :-GAP_WEEKS] > 0).sum(1) >= MIN_KNOWN_WEEKS
    return is_enough


def expect(cases: Array, others: Array) -> Expected:
    """Expect the last two weeks from the weeks before.

    Args:
        cases: ``(S, W)`` counts of one condition each, oldest week first.
        others: ``(S, W)`` cases of anything else in the same weeks. A week without any does not count.
    """
    age = np.arange(cases.shape[1] - 1, GAP_WEEKS - 1, -1, dtype=float)
    design, past = _design(age), slice(0, len(age))
    smooth = _smoothed(others)
    counts, offset, known = cases[:, past], np.log(np.maximum(smooth[:, past], 1)), (others[:, past] > 0).astype(float)
    fit = _fit(counts, offset, known, design)
    weight = known * _less_for_outliers(counts, known, design, fit)
    fit = _fit(counts, offset, weight, design)
    # At age 0 only the intercept is not zero. Nothing is expected above all that was seen.
    rate = np.minimum(np.exp(fit.coefficients[:, 0]), ((counts + 1) / np.exp(offset) * known).max(1))
    # More people may have begun to ask just now.
    present = np.maximum(np.maximum(smooth, others)[:, -WINDOW_WEEKS:], 1).sum(1)
    mean = rate * present
    return Expected(mean, _dispersion(counts, fit.mean, weight, design) * (1 + mean * fit.inverse[:, 0, 0]))


def _smoothed(others: Array) -> Array:
    """The mean of each week and the known ones among the seven before."""
    padded = np.pad(others, ((0, 0), (_SMOOTHED_WEEKS - 1, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _SMOOTHED_WEEKS, axis=1)
    mean: Array = windows.sum(2) / np.maximum((windows > 0).sum(2), 1)
    return mean


def _design(age: Array) -> Array:
    """Intercept, trend in years, and nine seasons beside the present one: ``(W, 11)``."""
    phase = (age + _PRESENT_SEASON / 2) % _YEAR
    length = (_YEAR - _PRESENT_SEASON) / (_SEASONS - 1)
    season = np.where(phase < _PRESENT_SEASON, 0, 1 + (phase - _PRESENT_SEASON) // length)
    return np.column_stack([np.ones_like(age), -age / _YEAR, season[:, np.newaxis] == np.arange(1, _SEASONS)])


@dataclass(frozen=True)
class _Fit:
    """Coefficients ``(S, P)``, means ``(S, W)`` and inverse information ``(S, P, P)``."""

    coefficients: Array
    mean: Array
    inverse: Array


def _fit(counts: Array, offset: Array, weight: Array, design: Array) -> _Fit:
    size, squares = design.shape[1], _squares(design)
    prior = np.diag([_TINY, *[_PRIOR] * (size - 1)])
    coefficients = np.zeros((len(counts), size))
    coefficients[:, 0] = np.log(((counts * weight).sum(1) + 0.5) / np.maximum((np.exp(offset) * weight).sum(1), 1))
    for _ in range(_ROUNDS):
        mean = np.maximum(np.exp(np.clip(coefficients @ design.T, -_MAX_LOG, _MAX_LOG) + offset), _TINY)
        information = (weight * mean @ squares).reshape(-1, size, size) + prior
        score = (weight * (counts - mean)) @ design - coefficients @ prior
        step = np.linalg.solve(information, score[:, :, np.newaxis])[:, :, 0]
        coefficients = coefficients + np.clip(step, -_MAX_STEP, _MAX_STEP)
    return _Fit(coefficients, mean, np.linalg.inv(information).astype(np.float64, copy=False))


def _squares(design: Array) -> Array:
    """The products of each week's row with itself: ``(W, P * P)``."""
    return (design[:, :, np.newaxis] * design[:, np.newaxis, :]).reshape(len(design), -1)


def _dispersion(counts: Array, mean: Array, weight: Array, design: Array) -> Array:
    """Pearson's estimate, at least that of chance alone."""
    degrees = np.maximum((weight > 0).sum(1) - design.shape[1], 1)
    dispersion: Array = np.maximum(1.0, (weight * (counts - mean) ** 2 / mean).sum(1) / degrees)
    return dispersion


def _less_for_outliers(counts: Array, known: Array, design: Array, fit: _Fit) -> Array:
    """Weights by standardised Anscombe residuals, which sum up to the number of known weeks."""
    leverage = fit.inverse.reshape(len(counts), -1) @ _squares(design).T * known * fit.mean
    spread = np.sqrt(_dispersion(counts, fit.mean, known, design)[:, np.newaxis] * np.maximum(1 - leverage, _TINY))
    residual = 1.5 * (counts ** (2 / 3) - fit.mean ** (2 / 3)) / (fit.mean ** (1 / 6) * spread)
    lighter = np.where(residual > _FAR_ABOVE, 1 / np.maximum(residual, _FAR_ABOVE) ** 2, 1.0)
    weight: Array = lighter * (known.sum(1) / np.maximum((lighter * known).sum(1), _TINY))[:, np.newaxis]
    return weight
