"""The rule of the gate: may the candidate replace the running bundle (the champion)?

Both predict the same test photos of every source. The candidate passes if

- it does not name more sick leaves as healthy, beyond noise: the costliest mistake;
- no source got worse beyond noise, nor all crops together: crops less often right or more often answered with a wrong
  condition, negatives less often refused or more often named;
- it does not fall silent: over all sources it answers at least a share of what the champion answers;
- it is surely better on a declared target, or on all targets together.

A source with few test photos is shown and decides nothing alone; reviewed cases are such a source in their first weeks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.frozen import FrozenModel
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.files import is_healthy, is_sound_crop
from training.evaluation.intervals import difference_interval
from training.settings import GateParams
from training.sources.description import Source

# Error rates, each shared among all comparisons of its kind.
_WORSE_BY_CHANCE = 0.05
_BETTER_BY_CHANCE = 0.20
ALL_CROPS, ALL_TARGETS = "all crops", "all targets together"
NOT_HEALTHY = "sick leaves, not named as healthy"


@dataclass(frozen=True)
class Outcomes:
    """One bundle on ``N`` photos.

    Attributes:
        right: The right condition at top-1; of negatives, refused.
        harmful: Answered with a wrong condition (or healthy).
        answered: Answered with any condition.
        healthy: Answered as healthy.
    """

    right: npt.NDArray[np.bool_]
    harmful: npt.NDArray[np.bool_]
    answered: npt.NDArray[np.bool_]
    healthy: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "Outcomes":
        """From a table of :func:`training.evaluation.metrics.predictions`."""
        truth = rows["class_id"].to_numpy()
        named = rows["condition"].to_numpy()
        # A refusal is called like the reject class that it stands for.
        right = np.where(_is_negative(rows), rows["outcome"].isin(REJECT_CLASSES), rows["top1"].to_numpy() == truth)
        return cls(right, (named != "") & (named != truth), named != "", is_healthy(rows["condition"]).to_numpy())

    def called_healthy(self) -> "Outcomes":
        """The same, where all that is harmful is to be called healthy."""
        return replace(self, right=~self.healthy, harmful=self.healthy)


class Comparison(FrozenModel):
    """One source, or its negatives alone, both bundles on the same photos.

    Shares are in percent, intervals are those of candidate minus champion, in points. They hold for all comparisons of
    their kind together, so each is wider than one alone would be. ``groups`` counts leaves or bursts; ``harmful``
    photos were answered with a wrong condition. Only a row with enough photos and groups ``decides``.
    """

    source: str
    n: int
    groups: int
    candidate: float
    champion: float
    low: float
    high: float
    candidate_harmful: float
    champion_harmful: float
    harmful_low: float
    harmful_high: float
    decides: bool = True

    def is_worse(self) -> bool:
        """Less often right beyond noise, or more often misleading."""
        return self.decides and (self.high < 0 or self.harmful_low > 0)

    def is_better(self) -> bool:
        """More often right beyond noise, or less often misleading."""
        return self.decides and (self.low > 0 or self.harmful_high < 0)


class Verdict(FrozenModel):
    """The decision and what it rests on: every source against the champion, the targets, shares answered in percent."""

    decision: Literal["promote", "keep"]
    reason: str
    candidate: str
    champion: str | None
    table: tuple[Comparison, ...] = ()
    targets: tuple[Comparison, ...] = ()
    candidate_answered: float | None = None
    champion_answered: float | None = None
    is_silent: bool = False

    def is_worse(self) -> bool:
        """Whether the candidate is worse beyond noise anywhere, or answers too little."""
        return self.is_silent or any(row.is_worse() for row in self.table)

    def explanation(self) -> str:
        """The decision with what it rests on, in figures."""
        if self.decision == "keep" or self.champion is None:
            return f"{self.decision}: {self.reason}"
        better = ["worse beyond noise on no source with enough test photos"]
        for row in self.targets:
            if row.low > 0 and row.decides:
                better.append(f"{row.source} (n {row.n}): {row.candidate:.1f} % right instead of {row.champion:.1f}")
            if row.harmful_high < 0 and row.decides:
                harmful = f"{row.candidate_harmful:.1f} % named wrongly instead of {row.champion_harmful:.1f}"
                better.append(f"{row.source} (n {row.n}): {harmful}")
        answered = f"of crops, {self.candidate_answered} % answered instead of {self.champion_answered}"
        return f"promote: {'; '.join([*better, answered])}"


def may_decide(rows: pd.DataFrame, sources: Iterable[Source]) -> "pd.Series[bool]":
    """Which test photos are not for evaluation alone: on those, nothing is chosen."""
    return ~rows["source"].isin([source.id for source in sources if source.role == "evaluation"])


def judge(
    rows: pd.DataFrame,
    candidate: Outcomes,
    champion: Outcomes,
    *,
    params: GateParams,
    versions: tuple[str, str],
) -> Verdict:
    """Compare two bundles, whose outcomes are in the order of ``rows``; ``versions`` are candidate's and champion's."""
    crops = is_sound_crop(rows).to_numpy()
    answered, before = (
        round(100 * float(bundle.answered[crops].sum()) / max(1, int(crops.sum())), 2)
        for bundle in (candidate, champion)
    )
    kinds = _kinds(rows)
    table = _compare(rows, kinds, candidate, champion, params, error=_WORSE_BY_CHANCE)
    if (sick := crops & ~is_healthy(rows["class_id"]).to_numpy()).any():
        compared = candidate.called_healthy(), champion.called_healthy()
        table = (*_compare(rows, {NOT_HEALTHY: sick}, *compared, params, error=_WORSE_BY_CHANCE), *table)
    is_silent = answered < params.least_answered * before
    wanted = {name: mask for name, mask in kinds.items() if name in params.targets}
    if len(wanted) > 1:
        wanted[ALL_TARGETS] = np.any(list(wanted.values()), axis=0)
    targets = _compare(rows, wanted, candidate, champion, params, error=_BETTER_BY_CHANCE)
    worse = [row.source for row in table if row.is_worse()]
    better = [row.source for row in targets if row.is_better()]
    decision: Literal["promote", "keep"] = "keep"
    if worse:
        reason = f"worse beyond noise on {', '.join(worse)}"
    elif is_silent:
        reason = f"answers {answered:.1f} % of photos of crops instead of {before:.1f} %"
    elif not better:
        reason = f"better beyond noise on none of {', '.join(params.targets)}"
        if few := sorted(set(params.targets) - {row.source for row in targets if row.decides}):
            reason += f" (without enough test photos, or no source at all: {', '.join(few)})"
    else:
        decision = "promote"
        reason = f"worse beyond noise on no source with enough test photos, better on {', '.join(better)}"
    return Verdict(
        decision=decision,
        reason=reason,
        candidate=versions[0],
        champion=versions[1],
        table=table,
        targets=targets,
        candidate_answered=answered,
        champion_answered=before,
        is_silent=is_silent,
    )


def _is_negative(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    return rows["class_id"].isin(REJECT_CLASSES).to_numpy()


def _kinds(rows: pd.DataFrame) -> dict[str, npt.NDArray[np.bool_]]:
    """Which photos count: of each source the sound ones of crops, and its negatives; and all of crops."""
    negative, crops = _is_negative(rows), is_sound_crop(rows).to_numpy()
    # A small loss everywhere is noise in each source.
    kinds = {ALL_CROPS: crops}
    for source in sorted(rows["source"].unique()):
        here = (rows["source"] == source).to_numpy()
        kinds[source] = here & crops
        kinds[f"{source}, negatives"] = here & negative
    return {name: mask for name, mask in kinds.items() if mask.any()}


def _compare(
    rows: pd.DataFrame,
    kinds: dict[str, npt.NDArray[np.bool_]],
    candidate: Outcomes,
    champion: Outcomes,
    params: GateParams,
    *,
    error: float,
) -> tuple[Comparison, ...]:
    # Bonferroni: in each of these, right and harmful are compared.
    confidence = 1 - error / max(1, len(kinds))
    table = []
    for name, here in kinds.items():
        groups = rows["group"][here]
        (low, high), (harmful_low, harmful_high) = (
            difference_interval(
                first[here], second[here], groups, resamples=params.resamples, seed=params.seed, confidence=confidence
            )
            for first, second in ((candidate.right, champion.right), (candidate.harmful, champion.harmful))
        )
        shares = {
            "candidate": candidate.right[here].mean(),
            "champion": champion.right[here].mean(),
            "low": low,
            "high": high,
            "candidate_harmful": candidate.harmful[here].mean(),
            "champion_harmful": champion.harmful[here].mean(),
            "harmful_low": harmful_low,
            "harmful_high": harmful_high,
        }
        percent = {key: round(100 * float(share), 2) for key, share in shares.items()}
        size = {"n": int(here.sum()), "groups": groups.nunique()}
        decides = size["n"] >= params.min_photos and size["groups"] >= params.min_groups
        table.append(Comparison(source=name, **size, **percent, decides=decides))
    return tuple(table)
