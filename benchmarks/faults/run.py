"""One fault from beginning to end, and the verdict on it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.faults.clients import Load
from benchmarks.faults.faults import Fault, NotAsExpectedError
from benchmarks.faults.scene import Scene, place_bundle
from benchmarks.faults.service import Service
from benchmarks.faults.truth import Truth, read_truth

# Sent before anything breaks; also warms all workers up.
_FIRST_CASES = 12
# Recovered means that so many go through again, which no single worker's luck explains.
_CASES_AFTER = 12
# A worker's start, with room for a busy machine.
_RECOVERY_BOUND_S = 30.0
# Sent once more at the end, to see that they lead to the same case.
_REPEATED = 20


@dataclass(frozen=True)
class Report:
    """What a fault did.

    Attributes:
        acknowledged: Cases.
        failures: What clients saw other than success, and how often.
        recovered_s: From the end of the fault to the first success; None if there was none.
        longest_s: Of all requests.
        complaints: What should not have happened, apart from lost and duplicated cases.
    """

    acknowledged: int
    failures: Mapping[str, int]
    recovered_s: float | None
    longest_s: float
    truth: Truth
    complaints: Sequence[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, nothing duplicated, and nothing else was wrong."""
        return not (self.truth.lost or self.truth.duplicated or self.complaints)


def run(fault: Fault, *, work: Path, bundle: Path, photos: Sequence[bytes], seconds: float) -> Report:
    """Let a fault happen under load, wait until the service is itself again, and compare storage with what was said.

    Args:
        fault: To inflict.
        work: Empty folder.
        bundle: Folder of the bundle to answer from.
        photos: What clients send.
        seconds: How long it lasts.

    Raises:
        NotHereError: If this machine lacks something for it.
    """
    with fault.storage(work) as storage:
        link = place_bundle(bundle, work)
        with Service(work / "log", link, storage.settings) as service:
            load = Load(service.port, photos)
            with load:
                complaints, recovered_s = _break(fault, Scene(service, storage, load, link, work), seconds)
            complaints += _repeat(load)
        complaints += _complaints(fault, load, service, recovered_s)
        truth = read_truth(storage.database_url, storage.photos_url, load.cases, photos)
    acknowledged = sum(case.id is not None for case in load.cases)
    return Report(acknowledged, load.failures(), recovered_s, load.longest_s(), truth, complaints)


def _break(fault: Fault, scene: Scene, seconds: float) -> tuple[list[str], float | None]:
    if scene.load.wait_for_success(0, count=_FIRST_CASES) is None:
        return ["nothing went through before anything broke"], None
    complaints = []
    try:
        fault.inflict(scene, seconds)
    except NotAsExpectedError as error:
        complaints.append(str(error))
    ended = time.monotonic()
    recovered_s = scene.load.wait_for_success(ended)
    scene.load.wait_for_success(ended, count=_CASES_AFTER)
    return complaints, recovered_s


def _repeat(load: Load) -> list[str]:
    complaints = []
    for case in [one for one in load.cases if one.id is not None][-_REPEATED:]:
        acknowledged = case.id, case.token
        load.deliver(case)
        if (case.id, case.token) != acknowledged:
            complaints.append(f"{acknowledged[0]}: sent again, it became {case.id}")
    return complaints


def _complaints(fault: Fault, load: Load, service: Service, recovered_s: float | None) -> list[str]:
    complaints = []
    if recovered_s is None or recovered_s > _RECOVERY_BOUND_S:
        complaints.append(f"recovered after {recovered_s} s")
    if load.longest_s() > fault.longest_s:
        complaints.append(f"a request took {load.longest_s():.1f} s; the bound is {fault.longest_s:.0f} s")
    complaints += [f"clients saw {result}" for result in load.failures() if result.startswith(("500", "201", "4"))]
    complaints += [f"the log says {error}" for error in set(service.server_errors()) if error.startswith("500")]
    if fault.is_unnoticed:
        complaints += [f"clients saw {count} x {result}" for result, count in load.failures().items()]
        complaints += [f"the log says {error}" for error in set(service.server_errors())]
    given_up = sum(case.is_awaited and case.id is None for case in load.cases)
    return complaints + ([f"{given_up} cases were never acknowledged"] if given_up else [])
