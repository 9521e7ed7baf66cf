"""Is it flat: from samples and answers over time to a verdict with stated bounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import linear_regression

from benchmarks.harness.measured import measured_all
from benchmarks.serving_speed.summary import percentile
from training.figures import Figure

# About 300 bytes per request at the usual pace; a leak of one answer per request would be ten times that.
MAX_GROWTH_MB_PER_MIN = 0.25
# Between the first and the last third; the p99 of some thousand answers varies by a tenth by itself. As much quicker at
# the end means that something disturbed the beginning, so that the end was compared with nothing.
MAX_SLOWDOWN = 1.25


@dataclass(frozen=True)
class Sample:
    """Memory of one worker at one moment."""

    at_s: float  # Seconds since the start
    pid: int  # Of the worker
    rss_mb: float


@dataclass(frozen=True)
class Verdict:
    """What all of it comes to."""

    growth_mb_per_min: float  # Of the worker that grows most, over the last two thirds
    slowdown: float  # P99 of the last third over that of the first
    failures: int  # Requests that were not answered as they have to be
    replaced: int  # Workers that were there later but not at the start

    @property
    def is_bad(self) -> bool:
        return (
            self.growth_mb_per_min > MAX_GROWTH_MB_PER_MIN
            or not 1 / MAX_SLOWDOWN <= self.slowdown <= MAX_SLOWDOWN
            or self.failures > 0
            or self.replaced > 0
        )


def judge(answers: Sequence[tuple[float, float]], samples: Sequence[Sample], *, failures: int) -> Verdict:
    """Compare the beginning with the end; the first third may still fill caches."""
    end_s = max(at_s for at_s, _ in answers)
    first = [latency_s for at_s, latency_s in answers if at_s <= end_s / 3]
    last = [latency_s for at_s, latency_s in answers if at_s >= 2 * end_s / 3]
    late = [sample for sample in samples if sample.at_s >= end_s / 3]
    growth = []
    for pid in {sample.pid for sample in late}:
        own = [sample for sample in late if sample.pid == pid]
        # One that was seen once has just taken another's place; it is counted, but has grown nowhere yet.
        if len(own) > 1:
            growth.append(
                60 * linear_regression([sample.at_s for sample in own], [sample.rss_mb for sample in own]).slope
            )
    at_start = {sample.pid for sample in samples if sample.at_s == samples[0].at_s}
    return Verdict(
        growth_mb_per_min=max(growth, default=0.0),
        slowdown=percentile(last, 99) / percentile(first, 99),
        failures=failures,
        replaced=len({sample.pid for sample in samples} - at_start),
    )


def figures(verdict: Verdict, *, minutes: float, answers: int) -> dict[str, Figure]:
    title = f"{minutes:.0f} minutes of steady load"
    growth = f"{title}: growth of a worker's memory over the last two thirds"
    return measured_all(
        "steady",
        "python -m benchmarks.steady_load",
        ("growth", growth, verdict.growth_mb_per_min, "MB/min", answers),
        ("slowdown", f"{title}: p99 of the last third against the first", verdict.slowdown, "x", answers),
        ("failures", f"{title}: requests that failed", verdict.failures, "requests", answers),
        ("replaced", f"{title}: workers that took another's place", verdict.replaced, "workers", answers),
        digits=3,
    )
