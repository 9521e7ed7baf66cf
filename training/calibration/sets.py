"""Sets of conditions that hold the truth often enough in the next field (rule 5), crop by crop.

A threshold for naming silences nearly everything in a new field, where the same network can say "one of these two"
truthfully. What sets promise is fitted as names are (:mod:`training.calibration.thresholds`): to places left out, by
how fields differ. Only conditions that some field has shown to the network can be in a set; the others of the crop are
its blind spots, and are said apart.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.decision.rules import MOST_IN_A_SET, right_of_ten
from majani.model.bundle import ConfidenceBand, SetRule, Situation
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.files import is_healthy
from training.calibration.next_field import CropFields, next_field_at_least
from training.calibration.situations import Hint, Place, hinted_cases
from training.calibration.thresholds import ENOUGH_CASES, band_that_proves
from training.settings import CalibrateParams

# From the largest sets to the smallest.
_SHARES = np.array([0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.14, 0.2, 0.28, 0.4, 0.5])
# Shares from which one condition may be said alone, and more than any.
_ALONE = (0.99, 0.98, 0.97, 0.95, 0.93, 0.9, 0.87, 0.84, 0.8, 0.75, 0.7, 0.6, 0.5)
_NEVER = 2.0
# Share of leaves that may be told one condition that cannot be theirs.
_MISLED = 0.03


@dataclass(frozen=True)
class SetCases:
    """Cases of places in which nothing was named, with the crop named by the sender.

    Attributes:
        rows: ``place``, ``case`` (its number there), ``crop``, ``group``, ``truth``, ``known`` (the truth can be in a
            set), ``named``, ``refused`` (or contradicted, or named: no set is said); the ``first`` of the two likeliest
            conditions that a set can hold, its ``share``, and whether the truth is ``among_two``.
        sizes: ``(N, S)`` conditions of each set, for each of the shares that can be asked for.
        hits: ``(N, S)`` whether they hold the truth.
        known: ``(N,)`` conditions of the crop that a set can hold.
    """

    rows: pd.DataFrame
    sizes: npt.NDArray[np.int64]
    hits: npt.NDArray[np.bool_]
    known: npt.NDArray[np.int64]

    def said(self) -> npt.NDArray[np.bool_]:
        """``(N, S)`` whether the set is said: it leaves out enough."""
        most = np.minimum(MOST_IN_A_SET, self.known * 2 // 3)[:, None]
        is_set: npt.NDArray[np.bool_] = (self.sizes > 0) & (self.sizes <= most)
        is_open: npt.NDArray[np.bool_] = ~self.rows["refused"].to_numpy(dtype=bool)
        return is_set & is_open[:, None]

    def alone_from(self, share: "float | pd.Series[float]") -> "SetCases":
        """The same, where the only condition of a set is joined by the next one if it has less than this share."""
        joined = (self.sizes == 1) & np.asarray(self.rows["share"] < share)[:, None]
        hits = np.where(joined, self.rows["among_two"].to_numpy(dtype=bool)[:, None], self.hits)
        return SetCases(self.rows, self.sizes + joined, hits, self.known)

    def lone(self, share: float) -> "SetCases":
        """The same, with no other sets than those of one condition that has at least this share."""
        kept = (self.sizes == 1) & np.asarray(self.rows["share"] >= share)[:, None]
        return SetCases(self.rows, self.sizes * kept, self.hits, self.known)

    def where(self, mask: "pd.Series[bool] | npt.NDArray[np.bool_]") -> "SetCases":
        """Some of them."""
        chosen = np.asarray(mask, dtype=bool)
        rows = self.rows[chosen].reset_index(drop=True)
        return SetCases(rows, self.sizes[chosen], self.hits[chosen], self.known[chosen])


def set_cases(
    places: Sequence[Place],
    situation: Situation,
    *,
    hint: Hint,
    reject: float,
    threshold: Callable[[str], float],
    params: CalibrateParams,
) -> SetCases:
    """All cases of some places whose sender named the right crop; from ``threshold`` on, a condition is named."""
    parts = [
        _of_place(place, situation, hint=hint, reject=reject, threshold=threshold, seed=params.seed) for place in places
    ]
    return SetCases(
        pd.concat([part.rows for part in parts], ignore_index=True),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("sizes", "hits", "known")),
    )


def _of_place(
    place: Place, situation: Situation, *, hint: Hint, reject: float, threshold: Callable[[str], float], seed: int
) -> SetCases:
    class_ids = np.array(place.answers.class_ids)
    crops = np.array([class_id.partition(".")[0] for class_id in class_ids[: -len(REJECT_CLASSES)]])
    beliefs, cases, named, contradicted = hinted_cases(place, situation, hint=hint, seed=seed)
    truth = cases["class_id"].to_numpy(dtype=np.str_)
    of_truth = np.array([one.partition(".")[0] for one in truth], dtype=np.str_)
    is_own = named[:, None] == crops
    conditions = beliefs[:, : len(crops)].astype(np.float64)
    own = np.where(is_own, conditions, 0)
    shares = own / np.maximum(own.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    can_hold = is_own & ~np.isin(class_ids[: len(crops)], list(place.lab_only))
    members = can_hold[..., None] & (shares[..., None] >= _SHARES)
    is_truth = class_ids[: len(crops)] == truth[:, None]
    best = own.argmax(axis=1)
    thresholds = np.array([threshold(class_id) for class_id in class_ids[: len(crops)].tolist()])
    is_named = (own[np.arange(len(own)), best] >= thresholds[best]) & (thresholds[best] < 1)
    refused = beliefs[:, -len(REJECT_CLASSES) :].sum(axis=1) >= reject
    in_set = np.where(can_hold, shares, -1.0)
    two = class_ids[np.argsort(-in_set, axis=1, kind="stable")[:, :2]]
    rows = pd.DataFrame(
        {
            "place": place.name,
            "case": np.arange(len(cases)),
            "crop": of_truth,
            "group": cases["group"].to_numpy(),
            "truth": truth,
            "known": (can_hold & is_truth).any(axis=1),
            "named": is_named & ~refused & ~contradicted,
            "refused": refused | contradicted | is_named,
            "first": two[:, 0],
            "share": in_set.max(axis=1, initial=-1.0),
            "among_two": (two == truth[:, None]).any(axis=1),
        }
    )
    hits = (members & is_truth[..., None]).any(axis=1)
    found = SetCases(rows, members.sum(axis=1), hits, can_hold.sum(axis=1))
    return found.where((named == of_truth) & is_own.any(axis=1))


@dataclass(frozen=True)
class SetFields(CropFields):
    """What sets proved of conditions that they can hold, field by field, for each of ``_SHARES``."""

    @classmethod
    def of(cls, cases: SetCases) -> Self:
        """Count what is said of conditions that a set can hold."""
        cases = cases.where(cases.rows["known"])
        said, groups = cases.said(), cases.rows["group"].to_numpy()
        fields, counts = cases.rows.groupby(["place", "crop"]).indices, []
        for rows in fields.values():
            leaves = np.array([len(set(groups[rows][column])) for column in said[rows].T], dtype=np.float64)
            true = (said & cases.hits)[rows].sum(axis=0) / np.maximum(said[rows].sum(axis=0), 1)
            counts.append((true * leaves, leaves))
        right, answered = np.array(counts).reshape(-1, 2, len(_SHARES)).swapaxes(0, 1)
        crops = [str(cases.rows["crop"].iloc[rows[0]]) for rows in fields.values()]
        return cls(np.array(crops, dtype=np.str_), right, answered, len(crops))

    def and_also(self, offices: pd.DataFrame, at: int) -> "SetFields":
        """These and fields of offices, with the columns ``crop``, ``right`` and ``said``."""
        column = np.arange(len(_SHARES)) == at
        counts = (offices[name].to_numpy(dtype=np.float64)[:, None] * column for name in ("right", "said"))
        right, answered = (np.vstack(pair) for pair in zip((self.right, self.answered), counts, strict=True))
        return SetFields(np.append(self.crops, offices["crop"].to_numpy(dtype=np.str_)), right, answered, self.places)

    def proof(self, crop: str, at: int, params: CalibrateParams) -> ConfidenceBand | None:
        """What the fields prove of a crop's next one; None if that is not likely enough to reach the precision."""
        if not self.reach(crop, at, params.answer_precision):
            return None
        right, answered, own = self.right[:, at], self.answered[:, at], self.crops == crop
        sets, bound = answered[own].sum(), next_field_at_least(right, answered, self.weights(crop, at))
        return band_that_proves(float(_SHARES[at]), int(sets), float(right[own].sum() / sets), bound)


def fit_sets(cases: SetCases, params: CalibrateParams) -> dict[str, SetRule]:
    """By crop, what belongs to its sets, and what they prove; crops without sets are absent.

    From the largest sets on, smaller ones are tried until the crop's next field no longer reaches the precision
    (fixed-sequence testing, https://arxiv.org/abs/2110.01052): a hard place silences its own crop, and no other. Then
    one condition alone is tried, from the surest on.
    """
    fields = cases.rows[cases.rows["known"]].groupby(["place", "crop"])["case"].count().reset_index()
    enough = fields.loc[fields["case"] >= ENOUGH_CASES, "crop"]
    pairs = SetFields.of(cases.alone_from(_NEVER))
    lone = {share: SetFields.of(cases.lone(share)) for share in _ALONE}
    chosen: dict[str, int] = {}
    alone: dict[str, float] = {}
    for crop in sorted(set(enough)):
        for at in (at for at in range(len(_SHARES)) if pairs.tell(crop, at)):
            if pairs.proof(crop, at, params) is None:
                break
            chosen[crop] = at
        for share in (share for share in _ALONE if crop in chosen and lone[share].tell(crop, chosen[crop])):
            if (
                lone[share].proof(crop, chosen[crop], params) is None
                or _misled(cases, crop, chosen[crop], share) > _MISLED
            ):
                break
            alone[crop] = share
    final = SetFields.of(cases.alone_from(cases.rows["crop"].map(alone).fillna(_NEVER).astype(np.float64)))
    found = {crop: (final.proof(crop, at, params), pairs.proof(crop, at, params)) for crop, at in chosen.items()}
    return {
        crop: SetRule(**dict(both or two), alone=alone.get(crop, 1) if both else 1)
        for crop, (both, two) in found.items()
        if two is not None
    }


def _misled(cases: SetCases, crop: str, at: int, share: float) -> float:
    """The share, 0..1, of leaves that are told one condition though it cannot be theirs, or "healthy" though sick.

    The former are those of the crop with a condition that no set can hold, or of all crops where the crop has none.
    """
    rows = cases.rows
    told = (cases.lone(share).said()[:, at]) | rows["named"]
    own = rows["crop"] == crop
    unknown = ~rows["known"] & (own if (own & ~rows["known"]).any() else True)
    sick = own & ~is_healthy(rows["truth"])
    spared = told & is_healthy(rows["first"])
    return max((float(these[of].mean()) for these, of in ((told, unknown), (spared, sick)) if of.any()), default=0.0)


def share_index(shares: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Positions of shares among those that can be asked for."""
    return np.asarray(np.abs(np.asarray(shares)[..., None] - _SHARES).argmin(axis=-1))


def said_by(cases: SetCases, sets: Mapping[str, SetRule]) -> pd.DataFrame:
    """The cases' rows and, of each, its set.

    Returns:
        Whether it is ``said``, its ``size`` ``of`` so many, whether it ``holds`` the truth, and how many of ten such
        sets are ``promised`` to.
    """
    crops = cases.rows["crop"]
    shares = crops.map({crop: rule.min_probability for crop, rule in sets.items()}).to_numpy(np.float64)
    at = share_index(np.nan_to_num(shares))
    asked = cases.alone_from(crops.map({crop: rule.alone for crop, rule in sets.items()}).fillna(1).astype(np.float64))
    here = np.arange(len(at)), at
    return cases.rows.assign(
        said=asked.said()[here] & ~np.isnan(shares),
        size=asked.sizes[here],
        holds=asked.hits[here],
        of=cases.known,
        promised=crops.map({crop: right_of_ten(rule) for crop, rule in sets.items()}).fillna(0),
    )
