"""From starting the service to its first answer."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.process import memory
from benchmarks.serving_speed.load import load
from benchmarks.serving_speed.server import CORES, MAJANI, Server, serve

_FILL_S = 2.0


@dataclass(frozen=True)
class Start:
    """One start."""

    seconds: float  # From the start of the process to the first diagnosis
    pss_mb: float  # Of all processes together, once every worker has diagnosed


def start(work: Path, photos: Sequence[bytes]) -> Start:
    requests = [MAJANI.request(photo) for photo in photos]
    begun = time.monotonic()
    with serve(MAJANI, work, requests[0]) as server:
        seconds = time.monotonic() - begun
        load(server.port, requests, clients=2 * CORES, seconds=_FILL_S)
        return Start(seconds, _pss_mb(server))


def _pss_mb(server: Server) -> float:
    return sum(memory(pid).pss_mb for pid in (server.pid, *server.workers()))
