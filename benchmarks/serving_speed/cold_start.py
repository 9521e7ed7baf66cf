"""From starting the service to its first answer, with the app loaded before the workers are forked or after."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.process import memory
from benchmarks.serving_speed.load import load
from benchmarks.serving_speed.server import CORES, MAJANI, Server, majani_command, serve

_FILL_S = 2.0


@dataclass(frozen=True)
class Start:
    """One start.

    Attributes:
        seconds: From the start of the process to the first diagnosis.
        pss_mb: Of all processes together, once every worker has diagnosed.
    """

    seconds: float
    pss_mb: float


def start(work: Path, photos: Sequence[bytes], *, preload: bool) -> Start:
    """Start the service once and end it.

    Raises:
        RuntimeError: If it does not start like this.
        TimeoutError: If it gives no answer.
    """
    requests = [MAJANI.request(photo) for photo in photos]
    begun = time.monotonic()
    with serve(MAJANI, work, requests[0], command=majani_command(work, preload=preload)) as server:
        seconds = time.monotonic() - begun
        load(server.port, requests, clients=2 * CORES, seconds=_FILL_S)
        return Start(seconds, _pss_mb(server))


def _pss_mb(server: Server) -> float:
    return sum(memory(pid).pss_mb for pid in (server.pid, *server.workers()))


def starts(work: Path, photos: Sequence[bytes], rounds: int) -> dict[bool, list[Start]]:
    """Starts without (False) and with (True) the app preloaded, in turns; a way that does not work has none."""
    found: dict[bool, list[Start]] = {False: [], True: []}
    for _ in range(rounds):
        for preload, measured in found.items():
            try:
                measured.append(start(work, photos, preload=preload))
            except (RuntimeError, TimeoutError) as error:
                print(f"preload_app = {preload} does not work: {error}")
    return found
