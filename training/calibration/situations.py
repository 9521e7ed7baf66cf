"""What a sender may give beyond one photo, and what probabilities become of it: the same rules as in the answer."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.decision.rules import contradicts, hint_cases, pool_cases, shown_in_cases
from majani.model.bundle import DecisionRules, Situation, sha256_hex
from majani.model.head import Answers, Floats
from majani.taxonomy import REJECT_CLASSES

CASE_PHOTOS = 3
# Photos of one plant in a case.
_FEWEST, _MOST = 2, 5
# By situation with several photos, the one that has one photo and is the same otherwise.
ONE_PHOTO = {Situation.SEVERAL_PHOTOS: None, Situation.CROP_NAMED_SEVERAL_PHOTOS: Situation.CROP_NAMED}
# Farmers who name another crop than the one in the photo.
WRONG_HINTS = 0.02
# Cases of so many places, situations and hints are kept: rules are fitted to the same ones again and again.
KEPT_TABLES = 1024


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


def deal_cases(rows: pd.DataFrame, *, seed: int) -> list[tuple[int, ...]]:
    """Put three photos of one source and class together, of different groups as long as there are any.

    Every photo is in one case at most; one or two of each class may be left over.

    Returns:
        Labels of the index of ``rows``, three each.
    """
    cases: list[tuple[int, ...]] = []
    for (source, class_id), of_class in rows.groupby(["source", "class_id"]):
        # A generator of its own, so that another class more changes no case of this one.
        random = np.random.default_rng([seed, zlib.crc32(f"{source}/{class_id}".encode())])
        shuffled = of_class.loc[random.permutation(of_class.index)]
        groups = [list(of_group.index) for _, of_group in shuffled.groupby("group", sort=False)]
        while sum(len(group) for group in groups) >= CASE_PHOTOS:
            cases.append(tuple(_take(groups)))
    return cases


def order_by_chance(names: Iterable[str], *, seed: int) -> list[str]:
    """Different names in an order that depends on nothing but themselves and the seed."""
    return sorted(set(names), key=lambda name: sha256_hex(f"{seed}/{name}".encode()))


def _take(groups: list[list[int]]) -> Iterator[int]:
    """One photo from each of the three largest groups; again from the largest where there are fewer groups."""
    groups.sort(key=len, reverse=True)
    taken = [group for group in groups[:CASE_PHOTOS] if group]
    yield from (group.pop() for group in taken)
    for _ in range(CASE_PHOTOS - len(taken)):
        yield max(groups, key=len).pop()


# Between a district's name and the number of the draw of photos that are reviewed there.
DRAW = ", draw "


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
    def field(self) -> str:
        """The same for all draws of a district."""
        return self.name.partition(DRAW)[0]

    @property
    def knows_some(self) -> bool:
        """Whether the model knows conditions that these photos show."""
        return bool(self.rows["class_id"].isin(self.answers.class_ids).any())

    @property
    def knows_crop(self) -> bool:
        """Whether it knows any condition of the crops that they show."""
        known = {class_id.partition(".")[0] for class_id in self.answers.class_ids[: -len(REJECT_CLASSES)]}
        return bool(self.rows["class_id"].str.split(".").str[0].isin(known).any())


@dataclass(frozen=True)
class Hint:
    """What a named crop does to a belief: two factors and the coarse threshold of a bundle's rules."""

    other_crops: float
    unknown_plant: float
    coarse: float

    @classmethod
    def of(cls, rules: DecisionRules) -> Self:
        """That of a bundle."""
        return cls(rules.hint_factor, rules.unknown_plant_factor, rules.thresholds.coarse)


def case_table(place: Place, situation: Situation | None, *, hint: Hint, seed: int) -> pd.DataFrame:
    """Cases of a place in one situation, None for one photo and no crop; two in a hundred senders name a wrong crop.

    Returns:
        One row a case: ``source`` (the place), ``field`` (the same for all draws of a district), ``group``, ``truth``,
        ``crop`` (the true one), ``named`` (by the sender, or empty), ``best`` of the conditions that compete, its
        ``confidence``, whether that is ``right``, the mass that is ``rejected``, and whether the photos have
        ``contradicted`` the sender, who is then asked and told nothing.
    """
    return table_of(place, *hinted_cases(place, situation, hint=hint, seed=seed))


def table_of(
    place: Place,
    beliefs: Floats,
    cases: pd.DataFrame,
    named: npt.NDArray[np.str_],
    contradicted: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """The same of cases as :func:`hinted_cases` gives them."""
    class_ids = place.answers.class_ids
    rejects = len(REJECT_CLASSES)
    conditions, truth = beliefs[:, :-rejects], cases["class_id"].to_numpy()
    best = np.array(class_ids)[conditions.argmax(axis=1)]
    return pd.DataFrame(
        {
            "source": place.name,
            "field": place.field,
            "group": cases["group"].to_numpy(),
            "truth": truth,
            "crop": cases["class_id"].str.split(".").str[0].to_numpy(),
            "named": named,
            "best": best,
            "confidence": conditions.max(axis=1).astype(np.float64),
            "right": best == truth,
            "rejected": beliefs[:, -rejects:].sum(axis=1).astype(np.float64),
            "contradicted": contradicted,
        }
    )


@lru_cache(KEPT_TABLES)
def hinted_cases(
    place: Place, situation: Situation | None, *, hint: Hint, seed: int
) -> tuple[Floats, pd.DataFrame, npt.NDArray[np.str_], npt.NDArray[np.bool_]]:
    """Cases of a place in one situation, as the rules see them.

    Returns:
        ``(N, C)`` beliefs, pooled and hinted; the first photo of each case; ``(N,)`` crops that the senders named, or
        empty; and ``(N,)`` which of them are contradicted.
    """
    class_ids, beliefs, cases = place.answers.class_ids, place.answers.probabilities, place.rows
    if situation in ONE_PHOTO:
        beliefs, cases = pooled_cases(place, seed=seed)
    named = np.full(len(cases), "", dtype=np.str_)
    contradicted = np.zeros(len(cases), dtype=bool)
    if situation is not None and situation.names_crop:
        named = named_crops(cases["class_id"], class_ids, seed=seed)
        beliefs, contradicted = believe_senders(beliefs, class_ids, named, hint)
    return beliefs, cases, named, contradicted


def pooled_cases(place: Place, *, seed: int) -> tuple[Floats, pd.DataFrame]:
    """Cases of several photos of one plant: pooled ``(N, C)`` beliefs, and the first photo of each."""
    members = cases_of_one_plant(place.rows, seed=seed)
    pooled = [pool_cases(place.answers.probabilities[list(photos)]) for photos in members]
    beliefs = np.array(pooled, dtype=np.float32).reshape(-1, len(place.answers.class_ids))
    return beliefs, place.rows.loc[[photos[0] for photos in members]]


def believe_senders(
    beliefs: Floats, class_ids: Sequence[str], named: npt.NDArray[np.str_], hint: Hint
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The decision's rule 2 for ``(N, C)`` beliefs and ``(N,)`` named crops.

    Returns:
        Hinted beliefs, in which conditions that do not compete have 0, and ``(N,)`` which senders are contradicted.
    """
    of_class = [None if class_id in REJECT_CLASSES else class_id.partition(".")[0] for class_id in class_ids]
    about = [crop or class_id for crop, class_id in zip(of_class, class_ids, strict=True)]
    hinted = hint_cases(beliefs, of_class, named, factor=hint.other_crops, unknown_plant=hint.unknown_plant)
    seen = shown_in_cases(hinted, about, coarse=hint.coarse)
    contradicted = np.array([contradicts(row, crop) for row, crop in zip(seen, named, strict=True)], dtype=bool)
    competes = contradicted[:, None] | np.isin(about, REJECT_CLASSES) | (np.array(about) == named[:, None])
    return np.where(competes, hinted, np.float32(0)), contradicted


def named_crops(truth: "pd.Series[str]", class_ids: tuple[str, ...], *, seed: int) -> npt.NDArray[np.str_]:
    """The crop that each sender names: mostly the true one."""
    crops = truth.str.split(".").str[0].to_numpy(dtype=np.str_)
    known = np.unique([class_id.partition(".")[0] for class_id in class_ids[: -len(REJECT_CLASSES)]])
    random = np.random.default_rng(seed)
    other = random.choice(known, size=len(crops))
    return np.where(random.random(len(crops)) < WRONG_HINTS, other, crops)
