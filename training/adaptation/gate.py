"""The gate of a district: may its bundle answer there?

It can be undone by one command, so it has to be surely worse nowhere, and to have gained something: on photos that no
head had seen, the number of the first name is surely better (log-loss), or more of them are named rightly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.stats import binomtest

from majani.frozen import FrozenModel
from training.evaluation.intervals import mean_interval
from training.release.gate import Comparison
from training.settings import Params

# Chance that a batch is suspected of what it has not.
_ERROR = 0.05
# The same of exchanged labels. Of 136 right batches of ten photos a condition, drawn in 17 places that no fit had seen,
# three are suspected; of as many batches of fifty, none.
_EXCHANGED = 0.02
# Shares below the first are alike.
_TINY, _LEAST = 1e-4, 1e-12


@dataclass(frozen=True)
class Labels:
    """Photos as in :class:`training.adaptation.adapt.Adapted`, and probabilities by class.

    Attributes:
        running: By the running bundle.
        others: By heads that other reviewers' photos have taught.
    """

    photos: pd.DataFrame
    running: pd.DataFrame
    others: pd.DataFrame


Why = Literal["worse_elsewhere", "exchanged", "guessing", "worse_here", "nothing_gained", "better", "not_worse"]
_REASONS: dict[Why, str] = {
    "guessing": "unseen photos get the right condition no more often than by guessing: look at the labels again",
    "worse_here": "surely worse in the district itself",
    "nothing_gained": "nothing gained: neither surely better nor more of the photos are named rightly",
    "better": "surely worse nowhere, surely better in the district",
    "not_worse": "surely worse nowhere, and more of the district's photos are named rightly",
}


class Measured(FrozenModel):
    """What is said of the compared photos with their crop named: how many are named, how many of these rightly."""

    named: int
    right: int
    log_loss: float


class Verdict(FrozenModel):
    """The decision and what it rests on.

    Attributes:
        why: The reason as a word, for pages in other languages.
        n: Photos that are compared: those that the running head has not ``learned``.
        low, high: 95 % interval of how much smaller the log-loss of the first name's number is afterwards.
        elsewhere: Known sources and the negatives among their photos, before and after.
        exchanged: Pairs of conditions whose labels seem to be exchanged.
    """

    decision: Literal["promote", "keep"]
    why: Why
    reason: str
    n: int
    groups: int
    learned: int
    before: Measured
    after: Measured
    low: float
    high: float
    elsewhere: tuple[Comparison, ...]
    exchanged: tuple[tuple[str, str], ...] = ()


def judge_district(labels: Labels, elsewhere: Sequence[Comparison], params: Params) -> Verdict:
    """Decide by photos that the heads who answer had not seen, and by known test photos."""
    photos = labels.photos[~labels.photos["is_learned"]]
    (before, was), (after, now) = (_measured(photos, suffix) for suffix in ("before", "after"))
    low, high = mean_interval(was - now, photos["group"], params.gate) if len(photos) else (0.0, 0.0)
    worse = [str(row) for row in elsewhere if row.is_worse()]
    batch, exchanged = _contradicted(labels)
    guessing = _chance(labels.photos)
    why: Why = "better" if low > 0 else "not_worse" if after.right > before.right else "nothing_gained"
    if worse:
        why = "worse_elsewhere"
    elif exchanged:
        why = "exchanged"
    elif guessing is not None and guessing > _ERROR:
        why = "guessing"
    elif high < 0:
        why = "worse_here"
    reasons = {
        **_REASONS,
        "worse_elsewhere": f"surely worse on {', '.join(worse)}",
        "exchanged": _exchange(labels.photos, batch, exchanged),
    }
    return Verdict(
        decision="promote" if why in ("better", "not_worse") else "keep",
        why=why,
        reason=reasons[why],
        n=len(photos),
        groups=int(photos["group"].nunique()),
        learned=len(labels.photos) - len(photos),
        before=before,
        after=after,
        low=round(low, 3),
        high=round(high, 3),
        elsewhere=tuple(elsewhere),
        exchanged=tuple(exchanged),
    )


def _measured(photos: pd.DataFrame, suffix: str) -> tuple[Measured, npt.NDArray[np.float64]]:
    """Counts of the photos, and ``(N,)`` the log-loss of each."""
    truth, named = photos["class_id"], photos[f"named_{suffix}"]
    number = photos[f"number_{suffix}"].clip(_TINY, 1 - _TINY)
    loss = -np.log(number.where(photos[f"first_{suffix}"] == truth, 1 - number))
    mean = round(float(loss.mean()), 3) if len(loss) else 0.0
    said = Measured(named=int((named != "").sum()), right=int((named == truth).sum()), log_loss=mean)
    return said, loss.to_numpy(dtype=np.float64)


def _chance(photos: pd.DataFrame) -> float | None:
    """How likely as many are right by guessing; None where a single condition leaves nothing to guess."""
    worst = None
    for _, rows in photos.groupby(photos["class_id"].str.partition(".")[0]):
        shares = rows["class_id"].value_counts(normalize=True)
        if len(shares) < 2:
            continue
        said = rows["first_after"].value_counts(normalize=True).reindex(shares.index, fill_value=0)
        guessed = float((shares * said).sum())
        right = int((rows["first_after"] == rows["class_id"]).sum())
        found = binomtest(right, len(rows), max(guessed, 1e-9), alternative="greater").pvalue
        worst = max(worst or 0.0, float(found))
    return worst


def _exchange(photos: pd.DataFrame, batch: pd.DataFrame, exchanged: Sequence[tuple[str, str]]) -> str:
    pairs = ", ".join(f"{said} for {seen}" for said, seen in exchanged)
    count = batch["class_id"].isin([said for said, _ in exchanged]).sum()
    whose = f"{len(batch)}" if len(batch) == len(photos) else f"the {len(batch)} photos of one reviewer"
    return f"labels of {count} of {whose} seem to be exchanged: {pairs}. Let a second person look"


def _contradicted(labels: Labels) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """All photos, or those of one reviewer, whose labels seem to be exchanged, and how; else nothing."""
    photos = labels.photos
    named = photos[photos["reviewer"] != ""] if "reviewer" in photos else photos.iloc[:0]
    people = [these for _, these in named.groupby("reviewer")] if len(named) else []
    tries = [(these, labels.others, _EXCHANGED / len(people)) for these in people]
    for batch, said, error in ((photos, labels.running, _EXCHANGED), *tries):
        if exchanged := _exchanged(batch["class_id"], said, error):
            return batch, exchanged
    return photos, []


def _exchanged(labels: "pd.Series[str]", said: pd.DataFrame, error: float) -> list[tuple[str, str]]:
    """Conditions that what is said surely agrees with better if their labels change places."""
    ids = sorted(set(labels) & set(said.columns))
    if len(ids) < 2:
        return []
    given = labels[labels.isin(ids)]
    shares = said.loc[given.index, ids] + _LEAST
    logs = shares.div(shares.sum(axis=1), axis=0).clip(lower=_TINY).apply(np.log)
    # What it says of most photos here speaks for no label.
    logs -= logs.mean()
    _, columns = linear_sum_assignment(logs.groupby(given).sum(), maximize=True)
    own = given.map(ids.index).to_numpy()
    gain = np.diff(np.take_along_axis(logs.to_numpy(), np.stack([own, columns[own]], axis=1), axis=1))
    better, changed = int((gain > 0).sum()), int((gain != 0).sum())
    if binomtest(better, max(changed, 1), alternative="greater").pvalue > error:
        return []
    return [(one, ids[column]) for one, column in zip(ids, columns, strict=True) if one != ids[column]]
