"""What a sender may give beyond one photo, and what probabilities become of it: the same rules as in the answer."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.decision.rules import pool_cases
from majani.model.bundle import Situation, sha256_hex
from majani.taxonomy import REJECT_CLASSES
from training.calibration.probabilities import Answers, Floats

CASE_PHOTOS = 3
# Farmers who name another crop than the one in the photo.
WRONG_HINTS = 0.02


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


@dataclass(frozen=True)
class Place:
    """Answers about one place.

    Attributes:
        name: Of the place.
        answers: ``(N, C)``.
        rows: The photos, whose conditions the model knows; the index counts from 0.
        lab_only: Conditions that the model has learned from laboratory photos alone.
    """

    name: str
    answers: Answers
    rows: pd.DataFrame
    lab_only: frozenset[str] = frozenset()


def case_table(place: Place, situation: Situation | None, *, hint_factor: float, seed: int) -> pd.DataFrame:
    """Cases of a place in one situation, None for one photo and no crop; two in a hundred senders name a wrong crop.

    Returns:
        One row a case: ``source`` (the place), ``group``, ``truth``, ``best`` condition, its ``confidence``, whether
        that is ``right``, and the mass that is ``rejected``.
    """
    class_ids, beliefs, cases = place.answers.class_ids, place.answers.probabilities, place.rows
    if situation in (Situation.SEVERAL_PHOTOS, Situation.CROP_NAMED_SEVERAL_PHOTOS):
        members = np.array(deal_cases(cases, seed=seed), dtype=np.intp).reshape(-1, CASE_PHOTOS)
        beliefs, cases = pool_cases(beliefs[members]), cases.loc[members[:, 0]]
    if situation is not None and situation.names_crop:
        beliefs = hinted(beliefs, class_ids, named_crops(cases["class_id"], class_ids, seed=seed), hint_factor)
    rejects = len(REJECT_CLASSES)
    conditions, truth = beliefs[:, :-rejects], cases["class_id"].to_numpy()
    best = np.array(class_ids)[conditions.argmax(axis=1)]
    return pd.DataFrame(
        {
            "source": place.name,
            "group": cases["group"].to_numpy(),
            "truth": truth,
            "best": best,
            "confidence": conditions.max(axis=1).astype(np.float64),
            "right": best == truth,
            "rejected": beliefs[:, -rejects:].sum(axis=1).astype(np.float64),
        }
    )


def hinted(beliefs: Floats, class_ids: tuple[str, ...], crops: npt.NDArray[np.str_], factor: float) -> Floats:
    """As :func:`majani.decision.rules.apply_crop_hint`, for ``(N, C)`` beliefs and the crop that each sender names."""
    of_class = np.array([class_id.partition(".")[0] for class_id in class_ids[: -len(REJECT_CLASSES)]])
    weights = beliefs.astype(np.float64)
    weights[:, : -len(REJECT_CLASSES)] *= np.where(of_class == crops[:, None], 1.0, factor)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


def named_crops(truth: "pd.Series[str]", class_ids: tuple[str, ...], *, seed: int) -> npt.NDArray[np.str_]:
    """The crop that each sender names: mostly the true one."""
    crops = truth.str.split(".").str[0].to_numpy(dtype=np.str_)
    known = np.unique([class_id.partition(".")[0] for class_id in class_ids[: -len(REJECT_CLASSES)]])
    random = np.random.default_rng(seed)
    other = random.choice(known, size=len(crops))
    return np.where(random.random(len(crops)) < WRONG_HINTS, other, crops)
