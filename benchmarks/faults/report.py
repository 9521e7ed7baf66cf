"""What came of a fault: the verdict on it, and how it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import quantiles

from benchmarks.faults.clients import GIVE_UP_S, Attempt, Load
from benchmarks.faults.truth import Truth


@dataclass(frozen=True)
class Report:
    """What a fault did."""

    acknowledged: int  # Cases
    failures: Mapping[str, int]  # What clients saw other than success, and how often
    recovered_s: float | None  # From the end of the fault to the first success; None if there was none
    longest_s: float  # Of all requests
    truth: Truth
    complaints: Sequence[str] = field(default_factory=list)
    away: "Away | None" = None  # Where storage was

    @property
    def waited_s(self) -> float:
        """Until it had recovered; where it had not, how long was waited for it."""
        return GIVE_UP_S if self.recovered_s is None else self.recovered_s

    @property
    def is_good(self) -> bool:
        return not (self.truth.lost or self.truth.duplicated or self.complaints)


@dataclass(frozen=True)
class Away:
    """How long requests took that began while storage was known to be away: after the first that found it so had ended.

    That one, and those that were on their way at the same moment, may wait for it.
    """

    plain_s: Sequence[float]  # Without key and consent: answered, and not kept
    keyed_s: Sequence[float]  # With both: 503
    every_s: Sequence[float]  # Of all, those too that found it away

    @classmethod
    def of(cls, load: Load, began: float, ended: float) -> "Away | None":
        """Read them from a load and the moments between which storage was away; None if nobody asked plainly."""
        every = [*load.plain, *load.attempts]
        found = [one.ended for one in every if one.began >= began and one.result != "201"]

        def durations(attempts: Sequence[Attempt], since: float) -> list[float]:
            return [one.ended - one.began for one in attempts if since <= one.began < ended]

        if not (load.plain and found):
            return None
        known = min(found)
        return cls(durations(load.plain, known), durations(load.attempts, known), durations(every, began))


def p95_s(durations: Sequence[float]) -> float:
    """The 95th percentile; NaN of fewer than two."""
    return quantiles(durations, n=20)[-1] if len(durations) > 1 else float("nan")


def shown(name: str, report: Report) -> str:
    truth = report.truth
    recovered = "never" if report.recovered_s is None else f"after {report.recovered_s:.1f} s"
    lines = [
        f"{name:20} {'good' if report.is_good else 'BAD'}: {report.acknowledged} kept, {len(truth.lost)} lost, "
        f"{len(truth.duplicated)} twice, {truth.stray_photos} stray photos, {truth.swept} swept, "
        f"recovered {recovered}, longest request {report.longest_s:.1f} s",
        *_of_away(report.away),
        *(*truth.lost[:5], *truth.duplicated[:5], *report.complaints),
        *(f"clients saw {count} x {result}" for result, count in report.failures.items()),
    ]
    return "\n    ".join(lines)


def _of_away(away: Away | None) -> list[str]:
    if away is None:
        return []
    kinds = {"without key, answered and not kept": away.plain_s, "with key, told to come again": away.keyed_s}
    said = (f"{kind}: p95 {p95_s(taken):.3f} s of {len(taken)}" for kind, taken in kinds.items())
    every = f"all while it was away: p95 {p95_s(away.every_s):.3f} s of {len(away.every_s)}"
    return [f"storage known to be away: {'; '.join(said)}", every]
