"""What came of a fault: the verdict on it, and how it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.faults.clients import GIVE_UP_S
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

    @property
    def waited_s(self) -> float:
        """Until it had recovered; where it had not, how long was waited for it."""
        return GIVE_UP_S if self.recovered_s is None else self.recovered_s

    @property
    def is_good(self) -> bool:
        return not (self.truth.lost or self.truth.duplicated or self.complaints)


def shown(name: str, report: Report) -> str:
    truth = report.truth
    recovered = "never" if report.recovered_s is None else f"after {report.recovered_s:.1f} s"
    lines = [
        f"{name:20} {'good' if report.is_good else 'BAD'}: {report.acknowledged} kept, {len(truth.lost)} lost, "
        f"{len(truth.duplicated)} twice, {truth.stray_photos} stray photos, {truth.swept} swept, "
        f"recovered {recovered}, longest request {report.longest_s:.1f} s",
        *(*truth.lost[:5], *truth.duplicated[:5], *report.complaints),
        *(f"clients saw {count} x {result}" for result, count in report.failures.items()),
    ]
    return "\n    ".join(lines)
