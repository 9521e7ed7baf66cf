"""The rule of the gate: may the candidate replace the running bundle (the champion)?

Both predict the same test photos. The candidate passes if no field source got worse beyond noise, in top-1 or in the
share of wrong conditions, and if at least one declared target got better. A source with few test photos is shown and
decides nothing; reviewed cases are such a source in their first weeks.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict

from training.artifacts import FIELD_DOMAINS, is_sound_crop
from training.evaluation.intervals import difference_interval
from training.settings import GateParams


@dataclass(frozen=True)
class Outcomes:
    """One bundle on ``N`` photos: ``right`` at top-1, or ``harmful``, answered with a wrong condition (or healthy)."""

    right: npt.NDArray[np.bool_]
    harmful: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "Outcomes":
        """From a table of :func:`training.evaluation.metrics.predictions`."""
        truth = rows["class_id"].to_numpy()
        named = rows["condition"].to_numpy()
        return cls(rows["top1"].to_numpy() == truth, (named != "") & (named != truth))


class Comparison(BaseModel):
    """One field source, both bundles on the same photos.

    Shares are in percent, intervals (95 %) are those of candidate minus champion, in points. ``groups`` counts leaves
    or bursts; ``harmful`` photos were answered with a wrong condition.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

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

    def is_worse(self) -> bool:
        """Worse beyond noise: less often right, or more often misleading."""
        return self.high < 0 or self.harmful_low > 0

    def is_better(self) -> bool:
        """Better in the estimate, on a few hundred photos more could seldom be shown; or surely less misleading."""
        return self.candidate > self.champion or (self.candidate == self.champion and self.harmful_high < 0)


class Verdict(BaseModel):
    """The decision and what it rests on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decision: Literal["promote", "keep"]
    reason: str
    candidate: str
    champion: str | None
    table: tuple[Comparison, ...] = ()


def compare(rows: pd.DataFrame, candidate: Outcomes, champion: Outcomes, params: GateParams) -> tuple[Comparison, ...]:
    """Compare two bundles, whose outcomes are in the order of ``rows``, on each field source."""
    counts = (is_sound_crop(rows) & rows["domain"].isin(FIELD_DOMAINS)).to_numpy()
    table = []
    for source in sorted(rows["source"][counts].unique()):
        here = counts & (rows["source"] == source).to_numpy()
        groups = rows["group"][here]
        (right, low, high), (harmful, harmful_low, harmful_high) = (
            _compared(first[here], second[here], groups, params)
            for first, second in ((candidate.right, champion.right), (candidate.harmful, champion.harmful))
        )
        table.append(
            Comparison(
                source=source,
                n=int(here.sum()),
                groups=groups.nunique(),
                candidate=right[0],
                champion=right[1],
                low=low,
                high=high,
                candidate_harmful=harmful[0],
                champion_harmful=harmful[1],
                harmful_low=harmful_low,
                harmful_high=harmful_high,
            )
        )
    return tuple(table)


def _compared(
    first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_], groups: "pd.Series[str]", params: GateParams
) -> tuple[tuple[float, float], float, float]:
    """Both shares in percent, and the ends of the interval of their difference in points."""
    low, high = difference_interval(first, second, groups, resamples=params.resamples, seed=params.seed)
    shares = (round(100 * float(first.mean()), 2), round(100 * float(second.mean()), 2))
    return shares, round(100 * low, 2), round(100 * high, 2)


def judge(table: tuple[Comparison, ...], *, params: GateParams, candidate: str, champion: str) -> Verdict:
    """Apply the rule to a table."""
    decisive = [row for row in table if row.n >= params.min_photos and row.groups >= params.min_groups]
    worse = [row.source for row in decisive if row.is_worse()]
    better = [row.source for row in decisive if row.source in params.targets and row.is_better()]
    decision: Literal["promote", "keep"] = "keep"
    if worse:
        reason = f"worse beyond noise on {', '.join(worse)}"
    elif not better:
        reason = f"better on none of {', '.join(params.targets)}"
    else:
        decision = "promote"
        reason = f"worse beyond noise on no field source with enough test photos, better on {', '.join(better)}"
    return Verdict(decision=decision, reason=reason, candidate=candidate, champion=champion, table=table)
