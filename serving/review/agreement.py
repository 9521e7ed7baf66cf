"""Whether reviewers agree on the same cases more often than by chance. Pure functions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

# Fewer cases than this say more about the cases than about the reviewers.
MIN_CASES = 20
_RESAMPLES = 1000
_SEED = 20261125

# Labels of two reviewers for one case.
Pair: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Agreement:
    """How far two reviewers, or all of them, agree on the cases that both have seen.

    Attributes:
        kappa: Cohen's: 1 if they always agree, 0 if no more often than by chance. None if there are too few cases, or
            if all labels are the same, where it is not defined.
        low, high: Of kappa, 95 % interval over resampled cases.
    """

    cases: int
    share: float
    kappa: float | None = None
    low: float | None = None
    high: float | None = None


def agreement(pairs: Sequence[Pair], *, are_interchangeable: bool = False) -> Agreement:
    """Measure the agreement on some cases.

    Reviewers are interchangeable if first and second stand for no one in particular, as when all reviewers are taken
    together; then chance is that of what all of them say.
    """
    if not pairs:
        return Agreement(0, 0.0)
    share = sum(first == second for first, second in pairs) / len(pairs)
    if len(pairs) < MIN_CASES:
        return Agreement(len(pairs), share)
    places = {label: place for place, label in enumerate(sorted(set(chain.from_iterable(pairs))))}
    labels = np.array([[places[first], places[second]] for first, second in pairs])
    rows = np.random.default_rng(_SEED).integers(0, len(labels), (_RESAMPLES, len(labels)))
    drawn = [_kappa(labels[own], len(places), are_interchangeable=are_interchangeable) for own in rows]
    low, high = np.nanquantile(drawn, [0.025, 0.975]) if not np.isnan(drawn).all() else (np.nan, np.nan)
    kappa = _kappa(labels, len(places), are_interchangeable=are_interchangeable)
    if np.isnan(kappa):
        return Agreement(len(pairs), share)
    return Agreement(len(pairs), share, kappa, float(low), float(high))


def disagreements(pairs: Sequence[Pair]) -> list[tuple[Pair, int]]:
    """Pairs of different labels with their counts, the most frequent first."""
    counted = Counter((min(pair), max(pair)) for pair in pairs if pair[0] != pair[1])
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def _kappa(labels: npt.NDArray[np.int64], count: int, *, are_interchangeable: bool) -> float:
    """Cohen's kappa of ``(n, 2)`` labels 0..count-1; not a number where chance alone explains everything."""
    shares = [np.bincount(labels[:, place], minlength=count) / len(labels) for place in (0, 1)]
    if are_interchangeable:
        shares = [(shares[0] + shares[1]) / 2] * 2
    expected = float(shares[0] @ shares[1])
    if expected >= 1:
        return float("nan")
    observed = float((labels[:, 0] == labels[:, 1]).mean())
    return (observed - expected) / (1 - expected)
