"""The gate of a district: may its bundle answer there?

It can be undone by one command, so it has to be surely worse nowhere else, and to be worth having in the district: a
wrong answer counts as many right ones as `answer_precision` asks for. What is printed is the interval that decides.
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


Why = Literal["worse_elsewhere", "exchanged", "guessing", "worse_here", "better", "not_worse"]


class Verdict(FrozenModel):
    """The decision and what it rests on.

    Attributes:
        why: The reason as a word, for pages in other languages.
        before, after: Right answers less what wrong ones count, per 100 photos of the district with their crop named.
        low, high: 95 % interval of the difference, which decides.
        elsewhere: Known sources and the negatives among their photos, before and after.
        wrong_counts: Right answers that a wrong one costs.
        exchanged: Pairs of conditions whose labels seem to be exchanged.
    """

    decision: Literal["promote", "keep"]
    why: Why
    reason: str
    n: int
    groups: int
    before: float
    after: float
    low: float
    high: float
    elsewhere: tuple[Comparison, ...]
    wrong_counts: float
    exchanged: tuple[tuple[str, str], ...] = ()


def judge_district(labels: Labels, elsewhere: Sequence[Comparison], params: Params) -> Verdict:
    """Decide by photos that the heads who answer had not seen, and by known test photos."""
    photos, precision = labels.photos, params.calibrate.answer_precision
    wrong_counts = precision / (1 - precision)
    before, after = (
        _worth(photos["class_id"], photos[column], wrong_counts) for column in ("named_before", "named_after")
    )
    low, high = mean_interval(after - before, photos["group"], resamples=params.gate.resamples, seed=params.gate.seed)
    worse = [row.source for row in elsewhere if row.is_worse()]
    batch, exchanged = _contradicted(labels)
    guessing = _chance(photos)
    decision: Literal["promote", "keep"] = "keep"
    why: Why
    if worse:
        why, reason = "worse_elsewhere", f"surely worse on {', '.join(worse)}"
    elif exchanged:
        pairs = ", ".join(f"{said} for {seen}" for said, seen in exchanged)
        count = batch["class_id"].isin([said for said, _ in exchanged]).sum()
        whose = f"{len(batch)}" if len(batch) == len(photos) else f"the {len(batch)} photos of one reviewer"
        why = "exchanged"
        reason = f"labels of {count} of {whose} seem to be exchanged: {pairs}. Let a second person look"
    elif guessing is not None and guessing > _ERROR:
        why = "guessing"
        reason = "unseen photos get the right condition no more often than by guessing: look at the labels again"
    elif high < 0:
        why, reason = "worse_here", "surely worse in the district itself"
    else:
        decision = "promote"
        why = "better" if low > 0 else "not_worse"
        reason = "surely worse nowhere" + (", surely better in the district" if low > 0 else ", and it can be undone")
    return Verdict(
        decision=decision,
        why=why,
        reason=reason,
        n=len(photos),
        groups=int(photos["group"].nunique()),
        before=round(100 * float(before.mean()), 1),
        after=round(100 * float(after.mean()), 1),
        low=round(100 * low, 1),
        high=round(100 * high, 1),
        elsewhere=tuple(elsewhere),
        wrong_counts=round(wrong_counts, 2),
        exchanged=tuple(exchanged),
    )


def _worth(truth: "pd.Series[str]", named: "pd.Series[str]", wrong_counts: float) -> npt.NDArray[np.float64]:
    return np.where(named == "", 0.0, np.where(named == truth, 1.0, -wrong_counts))


def _chance(photos: pd.DataFrame) -> float | None:
    """How likely as many are right by guessing; None where a single condition leaves nothing to guess."""
    worst = None
    for _, rows in photos.groupby(photos["class_id"].str.partition(".")[0]):
        shares = rows["class_id"].value_counts(normalize=True)
        if len(shares) < 2:
            continue
        said = rows["after"].value_counts(normalize=True).reindex(shares.index, fill_value=0)
        guessed = float((shares * said).sum())
        right = int((rows["after"] == rows["class_id"]).sum())
        found = binomtest(right, len(rows), max(guessed, 1e-9), alternative="greater").pvalue
        worst = max(worst or 0.0, float(found))
    return worst


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
