"""Sets of conditions that hold the truth often enough in the next field (rule 5), crop by crop.

A threshold for naming silences nearly everything in a new field, where the same network can say "one of these two"
truthfully. What sets promise is fitted as names are (:mod:`training.calibration.thresholds`): to places left out, by
how fields differ. Only conditions that some field has shown to the network can be in a set; the others of the crop are
its blind spots, and are said apart.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.decision.rules import MOST_IN_A_SET
from majani.model.bundle import ConfidenceBand, DecisionRules, Situation, SituationRules
from majani.taxonomy import REJECT_CLASSES
from training.calibration.next_field import chance_to_reach, next_field_at_least
from training.calibration.situations import Hint, Place, hinted_cases
from training.calibration.thresholds import ENOUGH_CASES, FIELDS, band_that_proves
from training.settings import CalibrateParams

# From the largest sets to the smallest.
_SHARES = np.array([0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.14, 0.2, 0.28, 0.4, 0.5])
# A field with fewer sets tells nothing.
_ENOUGH_SETS = 20
# What the fields of all other crops together tell of a crop's next field, in fields of its own.
_OTHERS = 0.5


@dataclass(frozen=True)
class SetCases:
    """Cases of places in which nothing was named, with the crop named by the sender.

    Attributes:
        rows: ``place``, ``crop``, ``group``, ``truth``, ``known`` (the truth can be in a set) and
            ``refused`` (or contradicted, or named: no set is said).
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
    rows = pd.DataFrame(
        {
            "place": place.name,
            "crop": of_truth,
            "group": cases["group"].to_numpy(),
            "truth": truth,
            "known": (can_hold & is_truth).any(axis=1),
            "refused": refused | contradicted | is_named,
        }
    )
    hits = (members & is_truth[..., None]).any(axis=1)
    found = SetCases(rows, members.sum(axis=1), hits, can_hold.sum(axis=1))
    return found.where((named == of_truth) & is_own.any(axis=1))


def fit_sets(cases: SetCases, params: CalibrateParams) -> dict[str, ConfidenceBand]:
    """By crop, the share that a condition of its sets has, and what such sets prove; crops without sets are absent.

    From the largest sets on, smaller ones are tried until the crop's next field no longer reaches the precision
    (fixed-sequence testing, https://arxiv.org/abs/2110.01052). Its own fields count fully, and those of all other crops
    together as ``_OTHERS``: a hard place silences its own crop, and no other.
    """
    known = cases.where(cases.rows["known"])
    fields = [
        (str(rows["crop"].iloc[0]), known.where(known.rows.index.isin(rows.index)))
        for _, rows in known.rows.groupby(["place", "crop"])
    ]
    crops = np.array([crop for crop, _ in fields], dtype=np.str_)
    right, answered = np.array([_counts(field) for _, field in fields]).reshape(-1, 2, len(_SHARES)).swapaxes(0, 1)
    enough = {crop for crop, field in fields if len(field.rows) >= ENOUGH_CASES}
    found: dict[str, ConfidenceBand] = {}
    for crop in sorted(enough):
        for at, share in enumerate(_SHARES):
            tells = answered[:, at] >= _ENOUGH_SETS
            own = tells & (crops == crop)
            if not own.any():
                continue
            others = tells & ~own
            weights = own + others * (_OTHERS / max(others.sum(), 1))
            evidence = right[:, at], answered[:, at]
            if chance_to_reach(*evidence, params.answer_precision, weights) < FIELDS:
                break
            true = float(right[own, at].sum() / answered[own, at].sum())
            bound = next_field_at_least(*evidence, weights)
            found[crop] = band_that_proves(float(share), int(answered[own, at].sum()), true, bound)
    return found


def said_by(cases: SetCases, sets: Mapping[str, ConfidenceBand]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
    """``(N,)`` in which cases a set is said, and which of the shares that can be asked for is asked."""
    shares = cases.rows["crop"].map({crop: proof.min_probability for crop, proof in sets.items()}).to_numpy(np.float64)
    at = np.abs(np.nan_to_num(shares)[:, None] - _SHARES).argmin(axis=1)
    return cases.said()[np.arange(len(at)), at] & ~np.isnan(shares), at


def _counts(cases: SetCases) -> npt.NDArray[np.float64]:
    """``(2, S)`` sets that hold the truth, and all that are said; photos of one leaf count once together."""
    said = cases.said()
    groups = cases.rows["group"].to_numpy()
    leaves = np.array([len(set(groups[column])) for column in said.T], dtype=np.float64)
    hits = (said & cases.hits).sum(axis=0) / np.maximum(said.sum(axis=0), 1)
    return np.array([hits * leaves, leaves])


def fit_all_sets(
    places: Sequence[Place],
    rules: Mapping[Situation, SituationRules],
    *,
    hint: Hint,
    reject: float,
    params: CalibrateParams,
) -> dict[Situation, dict[str, ConfidenceBand]]:
    """The sets of each situation that names the crop, for what its ``rules`` do not name."""
    return {
        situation: fit_sets(
            set_cases(places, situation, hint=hint, reject=reject, threshold=own.threshold, params=params), params
        )
        for situation, own in rules.items()
        if situation.names_crop
    }


def with_sets(rules: DecisionRules, places: Sequence[Place], params: CalibrateParams) -> DecisionRules:
    """Fitted rules, and the sets of what they do not name."""
    situations = dict(rules.situations or {})
    sets = fit_all_sets(places, situations, hint=Hint.of(rules), reject=rules.thresholds.reject, params=params)
    for situation, own in sets.items():
        situations[situation] = situations[situation].model_copy(update={"sets": own})
    return rules.model_copy(update={"situations": situations})
