"""The rounds: each goes over the floor and every contender with every number of clients, for every kind of photo."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.process import cpu_s, family, memory
from benchmarks.harness.service import unit_environment
from benchmarks.serving_speed.load import load
from benchmarks.serving_speed.photo import KINDS, Kind
from benchmarks.serving_speed.server import CORES, MAJANI, ROOT, Server, serve
from benchmarks.serving_speed.summary import percentile

CLIENTS = (1, 2, 4, 8, 16)
FLOOR = "floor"
_WARM_UP_S = 2.0


@dataclass(frozen=True)
class Slot:
    """What is measured at a stretch."""

    kind: str  # Name of the kind of photo
    contender: str  # Name, or ``floor``
    clients: int


@dataclass(frozen=True)
class Measured:
    """One slot of one round."""

    latencies_s: Sequence[float]
    photos_per_s: float
    cpu_s: float  # Of all processes of the contender together, per photo
    load_share: float = 0.0  # CPU time of the load as a share of all cores
    failures: Sequence[str] = ()  # One line for each request that was not answered as it should be

    def latency_ms(self, percent: float) -> float:
        return 1000 * percentile(self.latencies_s, percent)


@dataclass(frozen=True)
class Start:
    """One start of the service."""

    seconds: float  # From the start of the process to the first diagnosis
    pss_mb: float  # Of all processes together, once every worker has diagnosed


def measure_floor(photos: Path, seconds: float) -> Measured:
    """The bare loop on one core, over the photos in a folder."""
    command = [sys.executable, "-m", "benchmarks.serving_speed.floor", str(photos), "--seconds", str(seconds)]
    done = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=os.environ | unit_environment(), capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    taken_s = found["taken_s"]
    rate, each_s = len(taken_s) / sum(taken_s), found["cpu_s"] / len(taken_s)
    return Measured(taken_s, rate, each_s)


def measure_server(server: Server, photos: Sequence[bytes], *, clients: int, seconds: float) -> Measured:
    requests = [server.contender.request(photo) for photo in photos]
    before_s = cpu_s(family(server.pid))
    tally = load(server.port, requests, clients=clients, seconds=seconds)
    used_s = cpu_s(family(server.pid)) - before_s
    if not tally.latencies_s:
        raise RuntimeError(f"{server.contender.name}, {clients} clients: {tally.failures[:3]}")
    return Measured(
        tally.latencies_s,
        tally.photos_per_s,
        used_s / len(tally.latencies_s),
        tally.load_cpu_s / tally.elapsed_s / CORES,
        tally.failures,
    )


def read_photos(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def warm_up(server: Server, work: Path) -> None:
    """Have every process of a contender see photos of all kinds."""
    for kind in KINDS:
        measure_server(server, read_photos(work / kind.name), clients=2 * CORES, seconds=_WARM_UP_S)


def measure_round(kind: Kind, servers: Sequence[Server], work: Path, seconds: float) -> dict[Slot, Measured]:
    """One round with one kind of photo; contenders take turns at each number of clients."""
    photos = read_photos(work / kind.name)
    found = {Slot(kind.name, FLOOR, 1): measure_floor(work / kind.name, seconds)}
    for clients in CLIENTS:
        for server in servers:
            slot = Slot(kind.name, server.contender.name, clients)
            found[slot] = measure_server(server, photos, clients=clients, seconds=seconds)
    return found


def measure_start(work: Path, photos: Sequence[bytes]) -> Start:
    requests = [MAJANI.request(photo) for photo in photos]
    begun = time.monotonic()
    with serve(MAJANI, work, requests[0]) as server:
        seconds = time.monotonic() - begun
        load(server.port, requests, clients=2 * CORES, seconds=_WARM_UP_S)
        return Start(seconds, sum(memory(pid).pss_mb for pid in (server.pid, *server.workers())))
