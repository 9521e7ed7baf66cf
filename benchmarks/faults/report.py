"""What came of a fault: the verdict on it, and how it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.faults.clients import GIVE_UP_S
from benchmarks.faults.truth import Truth

_LINE = "{:20} {:>6} {:>5} {:>5} {:>6} {:>6} {:>9} {:>9} {:>8}  {}"
HEADER = _LINE.format("fault", "kept", "lost", "twice", "failed", "strays", "swept up", "recovered", "longest", "")


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


def told(name: str, report: Report) -> str:
    """A line below :data:`HEADER`, and what there is to say beside it."""
    return "\n    ".join([_row(name, report), *_details(report)])


def _row(name: str, report: Report) -> str:
    recovered = "never" if report.recovered_s is None else f"{report.recovered_s:.1f} s"
    return _LINE.format(
        name,
        report.acknowledged,
        len(report.truth.lost),
        len(report.truth.duplicated),
        sum(report.failures.values()),
        report.truth.stray_photos,
        report.truth.swept,
        recovered,
        f"{report.longest_s:.1f} s",
        "good" if report.is_good else "BAD",
    )


def _details(report: Report) -> list[str]:
    wrong = [*report.truth.lost[:5], *report.truth.duplicated[:5], *report.complaints]
    seen = [f"{count} x {result}" for result, count in report.failures.items()]
    return [*wrong, *([f"clients saw {', '.join(seen)}"] if seen else [])]
