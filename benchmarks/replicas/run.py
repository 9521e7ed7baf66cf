"""One fault from beginning to end, and the verdict on it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

from benchmarks.faults.clients import Attempt, Load
from benchmarks.faults.report import Report
from benchmarks.faults.run import Course, break_under_load, general_complaints, repeat
from benchmarks.faults.truth import read_truth
from benchmarks.replicas.checks import race, unreadable
from benchmarks.replicas.faults import Fault
from benchmarks.replicas.scene import Scene, run_cluster

# One of two replicas goes on, so no client waits for the other to start.
_PAUSE_BOUND_S = 5.0


@dataclass(frozen=True)
class Outcome:
    """What a fault did."""

    fault: Fault
    # Its recovered_s is the longest time without an acknowledged case or, where nothing can be kept, until the first.
    report: Report
    requests: int  # Those that clients began while it lasted
    failed: int  # Those of them that clients saw fail


def run(fault: Fault, *, work: Path, bundle: Path, photos: Sequence[bytes], seconds: float) -> Outcome:
    """Let a fault happen under load, wait until all is as before, and compare storage with what was said."""
    with run_cluster(work, bundle) as cluster:
        load = Load(cluster.proxy.port, photos)
        with load:
            course = break_under_load(load, partial(fault.inflict, Scene(cluster, load, work), seconds))
        asked = list(load.attempts)
        recovered_s = course.recovered_s if fault.stops_keeping else longest_pause_s(asked, course)
        ports = [service.port for service in cluster.services]
        complaints = [*course.complaints, *(said for port in ports for said in repeat(load, port=port))]
        complaints += race(load, ports)
        complaints += general_complaints(load, cluster.services, recovered_s, longest_s=fault.longest_s)
        if not fault.stops_keeping:
            complaints += _notices(load, recovered_s)
        lost = unreadable(load, ports)
        truth = read_truth(cluster.storage.database_url, cluster.storage.photos_url, load.cases, photos)
    acknowledged = sum(case.id is not None for case in load.cases)
    truth = replace(truth, lost=[*truth.lost, *lost])
    report = Report(acknowledged, load.failures(), recovered_s, load.longest_s(), truth, complaints)
    meanwhile = [one for one in asked if course.began <= one.began <= course.ended]
    return Outcome(fault, report, len(meanwhile), sum(not one.is_success for one in meanwhile))


def longest_pause_s(attempts: Sequence[Attempt], course: Course) -> float | None:
    """Longest time without an acknowledgement until the first one after a fault; None if there was none."""
    ends = sorted(attempt.ended for attempt in attempts if attempt.is_success and attempt.ended >= course.began)
    after = next((number for number, end in enumerate(ends) if end >= course.ended), None)
    if after is None:
        return None
    moments = [course.began, *ends[: after + 1]]
    return max(later - earlier for earlier, later in pairwise(moments))


def _notices(load: Load, pause_s: float | None) -> list[str]:
    complaints = [f"clients saw {count} x {result}" for result, count in load.failures().items()]
    if pause_s is not None and pause_s > _PAUSE_BOUND_S:
        complaints.append(f"nothing was kept for {pause_s:.1f} s; the bound is {_PAUSE_BOUND_S:.0f} s")
    return complaints
