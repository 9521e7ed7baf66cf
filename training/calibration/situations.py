"""Answers about places left out, and cases of several photos of one plant that they are dealt into."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from majani.decision.rules import pool_cases
from majani.model.bundle import sha256_hex
from majani.model.head import Answers, Floats

# Photos of one plant in a case.
_FEWEST, _MOST = 2, 5


def cases_of_one_plant(rows: pd.DataFrame, *, seed: int) -> list[tuple[int, ...]]:
    """Two to five photos of each group that has them and shows one condition: one leaf, plant or burst.

    Returns:
        Labels of the index of ``rows``.
    """
    cases = []
    for group, these in rows.groupby(["source", "class_id", "group"]):
        if len(these) >= _FEWEST:
            random = np.random.default_rng([seed, zlib.crc32("/".join(map(str, group)).encode())])
            photos = random.integers(_FEWEST, min(_MOST, len(these)) + 1)
            cases.append(tuple(random.choice(these.index, size=photos, replace=False).tolist()))
    return cases


def order_by_chance(names: Iterable[str], *, seed: int) -> list[str]:
    """Different names in an order that depends on nothing but themselves and the seed."""
    return sorted(set(names), key=lambda name: sha256_hex(f"{seed}/{name}".encode()))


# Equal only to itself: what its cases are is asked for many times and kept.
@dataclass(frozen=True, eq=False)
class Place:
    """Answers about one place.

    Attributes:
        name: Of the place.
        answers: ``(N, C)``.
        rows: The photos, whose conditions the model knows; the index counts from 0.
        lab_only: Conditions that the model has learned from laboratory photos alone.
        by_short_network: Whether the model was trained for this place alone, shorter than what ships.
    """

    name: str
    answers: Answers
    rows: pd.DataFrame
    lab_only: frozenset[str] = frozenset()
    by_short_network: bool = True

    @property
    def knows_some(self) -> bool:
        """Whether the model knows conditions that these photos show."""
        return bool(self.rows["class_id"].isin(self.answers.class_ids).any())


def pooled_cases(place: Place, *, seed: int) -> tuple[Floats, pd.DataFrame]:
    """Cases of several photos of one plant: pooled ``(N, C)`` beliefs, and the first photo of each."""
    members = cases_of_one_plant(place.rows, seed=seed)
    pooled = [pool_cases(place.answers.probabilities[list(photos)]) for photos in members]
    beliefs = np.array(pooled, dtype=np.float32).reshape(-1, len(place.answers.class_ids))
    return beliefs, place.rows.loc[[photos[0] for photos in members]]
