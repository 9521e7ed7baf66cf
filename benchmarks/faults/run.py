"""One fault from beginning to end, and the verdict on it."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.faults.clients import Load, SentCase
from benchmarks.faults.faults import Fault, NotAsExpectedError
from benchmarks.faults.report import Away, Report
from benchmarks.faults.scene import Scene, place_bundle
from benchmarks.faults.truth import read_truth
from benchmarks.harness.nginx import SITE, run_nginx
from benchmarks.harness.service import Service

# Sent before anything breaks; also warms all workers up.
_FIRST_CASES = 12
# Recovered means that so many go through again, which no single worker's luck explains.
_CASES_AFTER = 12
# A worker's start, with room for a busy machine.
_RECOVERY_BOUND_S = 30.0
# Sent once more at the end, to see that they lead to the same case.
_REPEATED = 20


@dataclass(frozen=True)
class Course:
    """How a fault went. Moments are of ``time.monotonic``."""

    began: float
    ended: float
    complaints: Sequence[str]  # What should not have happened
    recovered_s: float | None  # As in the report


def run(fault: Fault, *, work: Path, bundle: Path, photos: Sequence[bytes], seconds: float) -> Report:
    """Let a fault happen under load, wait until the service is itself again, and compare storage with what was said."""
    with fault.storage(work) as storage:
        link = place_bundle(bundle, work)
        with ExitStack() as stack:
            service = stack.enter_context(Service(work / "service", link, storage.settings, keeps_address=True))
            nginx = stack.enter_context(run_nginx(SITE, [service.port], work / "nginx"))
            load = Load(nginx.port, photos, clients=fault.clients)
            with load:
                scene = Scene(service, storage, load, link, work, nginx.port)
                course = break_under_load(load, partial(fault.inflict, scene, seconds))
            complaints = [*course.complaints, *repeat(load)]
        complaints += general_complaints(load, [service], course.recovered_s, longest_s=fault.longest_s)
        complaints += _notices(load, service) if fault.is_unnoticed else []
        truth = read_truth(storage.database_url, storage.photos_url, load.cases, photos)
    acknowledged = sum(case.id is not None for case in load.cases)
    away = Away.of(load, course.began, course.ended)
    return Report(acknowledged, load.failures(), course.recovered_s, load.longest_s(), truth, complaints, away)


def break_under_load(load: Load, inflict: Callable[[], None]) -> Course:
    """Wait until cases go through, break something, and wait until they go through again."""
    if load.wait_for_success(0, count=_FIRST_CASES) is None:
        now = time.monotonic()
        return Course(now, now, ["nothing went through before anything broke"], None)
    complaints = []
    began = time.monotonic()
    try:
        inflict()
    except NotAsExpectedError as error:
        complaints.append(str(error))
    ended = time.monotonic()
    recovered_s = load.wait_for_success(ended)
    load.wait_for_success(ended, count=_CASES_AFTER)
    return Course(began, ended, complaints, recovered_s)


def repeat(load: Load, *, port: int | None = None) -> list[str]:
    """Send the last cases once more, and complain if one does not lead to what was acknowledged."""
    complaints = []
    for case in [one for one in load.cases if one.id is not None][-_REPEATED:]:
        again = SentCase(case.key, case.photo)
        load.deliver(again, port=port)
        if (again.id, again.token) != (case.id, case.token):
            complaints.append(f"{case.id}: sent again, it became {again.id}")
    return complaints


def general_complaints(
    load: Load, services: Sequence[Service], recovered_s: float | None, *, longest_s: float
) -> list[str]:
    """What should not happen whatever breaks."""
    complaints = []
    if recovered_s is None or recovered_s > _RECOVERY_BOUND_S:
        complaints.append(f"recovered after {recovered_s} s")
    if load.longest_s() > longest_s:
        complaints.append(f"a request took {load.longest_s():.1f} s; the bound is {longest_s:.0f} s")
    complaints += [f"clients saw {result}" for result in load.failures() if result.startswith(("500", "201", "4"))]
    said = {error for service in services for error in service.server_errors()}
    complaints += [f"the log says {error}" for error in said if error.startswith("500")]
    given_up = sum(case.is_awaited and case.id is None for case in load.cases)
    return complaints + ([f"{given_up} cases were never acknowledged"] if given_up else [])


def _notices(load: Load, service: Service) -> list[str]:
    complaints = [f"clients saw {count} x {result}" for result, count in load.failures().items()]
    return complaints + [f"the log says {error}" for error in set(service.server_errors())]
