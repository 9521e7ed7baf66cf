"""The rule of the gate: may the candidate replace the running bundle (the champion)?

Both are asked about the same test photos and judged by the same rules. The candidate passes if nothing got worse beyond
noise and something that was declared as a target surely got better:

- sick leaves are not called most likely healthy more often, with the crop named: the costliest mistake;
- no source's negatives are less often refused;
- of no crop, when it is named, are first names less often at least probable, or their numbers worth less (log-loss).

A row with few test photos is shown and decides nothing alone; reviewed cases are such a source in their first weeks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.decision.grades import PROBABLY
from majani.frozen import FrozenModel
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.files import is_healthy, is_sound_crop
from training.evaluation.intervals import mean_interval
from training.settings import GateParams
from training.sources.description import Source

# Error rates, each shared among all comparisons of its kind.
_WORSE_BY_CHANCE = 0.05
_BETTER_BY_CHANCE = 0.20
# Nothing is surer than that.
_SUREST = 1e-3
ALL_TARGETS = "all targets together"
NOT_HEALTHY = "sick leaves, not called healthy"
RIGHT, PLAIN, LOSS = "first name right", "at least probable", "log-loss"

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Outcomes:
    """One bundle on ``N`` photos; of crops, with the crop named.

    Attributes:
        right: The first name is right; of negatives, refused.
        number: How often such a first name is right, 0..1; that of a coin where none is said.
        healthy: Called most likely healthy.
    """

    right: npt.NDArray[np.bool_]
    number: Values
    healthy: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "Outcomes":
        """From a table of :func:`training.evaluation.metrics.predictions`."""
        is_right = (rows["first"] == rows["class_id"]).to_numpy()
        right = np.where(_is_negative(rows), rows["outcome"].isin(REJECT_CLASSES), is_right)
        return cls(right, rows["number"].to_numpy(dtype=np.float64), rows["called_healthy"].to_numpy(dtype=bool))

    def values(self, measure: str) -> Values | npt.NDArray[np.bool_]:
        """A measure of each photo, of which more is better; log-loss with its sign turned."""
        if measure == LOSS:
            sure = np.clip(self.number, _SUREST, 1 - _SUREST)
            return np.log(np.where(self.right, sure, 1 - sure))
        return {RIGHT: self.right, PLAIN: self.number >= PROBABLY, NOT_HEALTHY: ~self.healthy}[measure]


class Comparison(FrozenModel):
    """Both bundles on the same photos by one measure, of which more is better.

    Shares are in percent, log-loss, with its sign turned, in hundredths; the interval is that of candidate minus
    champion. It holds for all comparisons of its kind together, so each is wider than one alone would be. ``groups``
    counts leaves or bursts. Only a row with enough photos and groups ``decides``.
    """

    source: str
    measure: str
    n: int
    groups: int
    candidate: float
    champion: float
    low: float
    high: float
    decides: bool = True

    def is_worse(self) -> bool:
        """Whether it is beyond noise."""
        return self.decides and self.high < 0

    def is_better(self) -> bool:
        """Likewise."""
        return self.decides and self.low > 0

    def __str__(self) -> str:
        """What is compared, by name."""
        return f"{self.source} ({self.measure})"


class Verdict(FrozenModel):
    """The decision and what it rests on: everything against the champion, and the targets."""

    decision: Literal["promote", "keep"]
    reason: str
    candidate: str
    champion: str | None
    table: tuple[Comparison, ...] = ()
    targets: tuple[Comparison, ...] = ()

    def is_worse(self) -> bool:
        """Whether the candidate is worse beyond noise anywhere."""
        return any(row.is_worse() for row in self.table)

    def explanation(self) -> str:
        """The decision with what it rests on, in figures."""
        if self.decision == "keep" or self.champion is None:
            return f"{self.decision}: {self.reason}"
        better = [
            f"{row.source} (n {row.n}): {row.measure} {row.candidate:.1f} instead of {row.champion:.1f}"
            for row in self.targets
            if row.is_better()
        ]
        return f"promote: {'; '.join(['worse beyond noise on nothing with enough test photos', *better])}"


def may_decide(rows: pd.DataFrame, sources: Iterable[Source]) -> "pd.Series[bool]":
    """Which test photos are not for evaluation alone: on those, nothing is chosen."""
    return ~rows["source"].isin([source.id for source in sources if source.role == "evaluation"])


def losses(rows: pd.DataFrame, candidate: Outcomes, champion: Outcomes, params: GateParams) -> tuple[Comparison, ...]:
    """Both bundles on test photos with source, class, group and doubt, by what may not get worse."""
    return _compare(rows, list(_losses(rows)), candidate, champion, params, error=_WORSE_BY_CHANCE)


def judge(
    rows: pd.DataFrame, candidate: Outcomes, champion: Outcomes, *, params: GateParams, versions: tuple[str, str]
) -> Verdict:
    """Compare both bundles, by :func:`losses` and on the targets; ``versions`` are those of candidate and champion."""
    table = losses(rows, candidate, champion, params)
    wanted = list(_targets(rows, params))
    targets = _compare(rows, wanted, candidate, champion, params, error=_BETTER_BY_CHANCE)
    worse = [str(row) for row in table if row.is_worse()]
    better = [str(row) for row in targets if row.is_better()]
    decision: Literal["promote", "keep"] = "keep"
    if worse:
        reason = f"worse beyond noise on {', '.join(worse)}"
    elif not better:
        reason = f"better beyond noise on none of {', '.join(params.targets)}"
        if few := sorted(set(params.targets) - {row.source for row in targets if row.decides}):
            reason += f" (without enough test photos, or no source at all: {', '.join(few)})"
    else:
        decision = "promote"
        reason = f"worse beyond noise on nothing with enough test photos, better on {', '.join(better)}"
    names = dict(zip(("candidate", "champion"), versions, strict=True))
    return Verdict(decision=decision, reason=reason, table=table, targets=targets, **names)


_Kind = tuple[str, str, npt.NDArray[np.bool_]]


def _is_negative(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    return rows["class_id"].isin(REJECT_CLASSES).to_numpy()


def _losses(rows: pd.DataFrame) -> Iterator[_Kind]:
    """By name and measure, the photos in which nothing may be lost; doubtful ones are not among them."""
    negative, sound = _is_negative(rows), is_sound_crop(rows).to_numpy()
    yield NOT_HEALTHY, NOT_HEALTHY, sound & ~is_healthy(rows["class_id"]).to_numpy()
    for source in sorted(rows.loc[negative, "source"].unique()):
        yield f"{source}, negatives", RIGHT, negative & (rows["source"] == source).to_numpy()
    crops = rows["class_id"].str.partition(".")[0]
    for crop in sorted(crops[sound].unique()):
        for measure in (PLAIN, LOSS):
            yield crop, measure, sound & (crops == crop).to_numpy()


def _targets(rows: pd.DataFrame, params: GateParams) -> Iterator[_Kind]:
    sound = is_sound_crop(rows).to_numpy()
    wanted = {name: sound & (rows["source"] == name).to_numpy() for name in params.targets}
    wanted = {name: here for name, here in wanted.items() if here.any()}
    if len(wanted) > 1:
        wanted[ALL_TARGETS] = np.any(list(wanted.values()), axis=0)
    yield from ((name, measure, here) for name, here in wanted.items() for measure in (RIGHT, LOSS))


def _compare(
    rows: pd.DataFrame, kinds: list[_Kind], candidate: Outcomes, champion: Outcomes, params: GateParams, *, error: float
) -> tuple[Comparison, ...]:
    kinds = [one for one in kinds if one[2].any()]
    # Bonferroni.
    interval = partial(mean_interval, sampling=params, confidence=1 - error / max(1, len(kinds)))
    table = []
    for name, measure, here in kinds:
        groups = rows["group"][here]
        first, second = (one.values(measure)[here].astype(np.float64) for one in (candidate, champion))
        low, high = interval(first - second, groups)
        shares = {"candidate": first.mean(), "champion": second.mean(), "low": low, "high": high}
        percent = {key: round(100 * float(share), 2) for key, share in shares.items()}
        size = {"n": int(here.sum()), "groups": groups.nunique()}
        decides = size["n"] >= params.min_photos and size["groups"] >= params.min_groups
        table.append(Comparison(source=name, measure=measure, **size, **percent, decides=decides))
    return tuple(table)
