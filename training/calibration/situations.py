"""What a sender may give beyond one photo, and what probabilities become of it: the same rules as in the answer."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.model.bundle import Situation
from majani.taxonomy import REJECT_CLASSES
from training.calibration.probabilities import Answers, Floats

CASE_PHOTOS = 3
# Farmers who name another crop than the one in the photo.
WRONG_HINTS = 0.02
_TINY = 1e-9


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


def _take(groups: list[list[int]]) -> Iterator[int]:
    """One photo from each of the three largest groups; again from the largest where there are fewer groups."""
    groups.sort(key=len, reverse=True)
    taken = [group for group in groups[:CASE_PHOTOS] if group]
    yield from (group.pop() for group in taken)
    for _ in range(CASE_PHOTOS - len(taken)):
        yield max(groups, key=len).pop()


@dataclass(frozen=True)
class Cases:
    """What a model says of cases of one place.

    Attributes:
        class_ids: In output order, reject classes last.
        beliefs: ``(N, C)``, pooled and hinted.
        rows: ``class_id`` (the truth) and ``group`` of each case.
    """

    class_ids: tuple[str, ...]
    beliefs: Floats
    rows: pd.DataFrame

    def table(self, place: str) -> pd.DataFrame:
        """One row a case.

        Returns:
            ``source`` (the place), ``group``, ``truth``, ``best`` condition, its ``confidence``, whether that is
            ``right``, and the mass that is ``rejected``.
        """
        rejects = len(REJECT_CLASSES)
        conditions = self.beliefs[:, :-rejects]
        best = np.array(self.class_ids)[conditions.argmax(axis=1)]
        truth = self.rows["class_id"].to_numpy()
        return pd.DataFrame(
            {
                "source": place,
                "group": self.rows["group"].to_numpy(),
                "truth": truth,
                "best": best,
                "confidence": conditions.max(axis=1).astype(np.float64),
                "right": best == truth,
                "rejected": self.beliefs[:, -rejects:].sum(axis=1).astype(np.float64),
            }
        )


def cases_of(
    answers: Answers, rows: pd.DataFrame, situation: Situation | None, *, hint_factor: float, seed: int
) -> Cases:
    """Cases of one situation from the answers to photos ``rows``, whose index counts from 0; None: one photo, no crop.

    Two in a hundred senders name a wrong crop.
    """
    beliefs, truth = answers.probabilities, rows[["class_id", "group"]]
    if situation in (Situation.SEVERAL_PHOTOS, Situation.CROP_NAMED_SEVERAL_PHOTOS):
        cases = deal_cases(rows, seed=seed)
        members = np.array(cases, dtype=np.intp).reshape(-1, CASE_PHOTOS)
        beliefs, truth = pooled(beliefs[members]), truth.loc[members[:, 0]].reset_index(drop=True)
    if situation is not None and situation.names_crop:
        beliefs = hinted(
            beliefs, answers.class_ids, named_crops(truth["class_id"], answers.class_ids, seed=seed), hint_factor
        )
    return Cases(answers.class_ids, beliefs, truth)


def pooled(beliefs: Floats) -> Floats:
    """As :func:`majani.decision.rules.pool`, for cases ``(N, P, C)`` of P photos each."""
    logs = np.log(np.maximum(beliefs.astype(np.float64), _TINY)).mean(axis=1)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


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
