"""The faults: what breaks, in which order, and what clients may notice of it."""

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from benchmarks.faults import scene as scenes
from benchmarks.faults.clients import CLIENTS
from benchmarks.faults.scene import Scene, Storage, Stored
from benchmarks.faults.senders import hanging_up, trickling
from benchmarks.harness.wire import State

# A worker takes about two seconds to start, so sometimes there is none.
_WORKER_LIFE_S = 1.5
# Until all workers have gone over to another bundle.
_SWAP_TIMEOUT_S = 60
_TRICKLING_CONNECTIONS = 40
# Of everybody else, while some send badly: several times what six clients on two cores wait for each other.
_BOUND_S = 5.0
# More than connections, threads and places in the queue: a village after a meeting.
_MANY_CLIENTS = 70
# With storage away: a farmer in front of a phone.
_AWAY_BOUND_S = 15.0


LOCKED = "sqlite_locked"


@dataclass(frozen=True)
class Fault:
    """A fault under load."""

    name: str
    title: str
    storage: Callable[[Path], AbstractContextManager[Storage]]  # What the service keeps cases in
    # Breaks things for about so many seconds, and returns when nothing is broken any more.
    inflict: Callable[[Scene, float], None]
    longest_s: float = _AWAY_BOUND_S  # What no request may exceed
    is_unnoticed: bool = False  # Whether no client may see a failure, nor the service report one
    clients: int = CLIENTS


class NotAsExpectedError(Exception):
    """The service did something else than it should have."""


def kill_workers(scene: Scene, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(ProcessLookupError, IndexError):
            os.kill(random.choice(scene.service.workers()), signal.SIGKILL)  # noqa: S311 - any worker
        time.sleep(_WORKER_LIFE_S * random.random())  # noqa: S311


def restart_postgresql(scene: Stored, seconds: float) -> None:
    """Restart the database, in the middle once as if it had crashed."""
    server = scene.storage.postgresql
    assert server is not None  # noqa: S101 - of our own making
    for mode in ("fast", "immediate", "fast"):
        server.restart(mode)
        time.sleep(seconds / 3)


def fill_disk(scene: Scene, seconds: float) -> None:
    """Fill the disk, and what is given back of it meanwhile."""
    disk = scene.storage.disk
    assert disk is not None  # noqa: S101
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        disk.fill()
        time.sleep(0.1)
    disk.free()


def cut_off(scene: Stored, seconds: float) -> None:
    """Take away what is at the end of the wire: first it says nothing, then it cannot be reached."""
    wire = scene.storage.wire
    assert wire is not None  # noqa: S101
    with scene.load.asking_plainly():
        for state in (State.SILENT, State.CUT):
            wire.become(state)
            time.sleep(seconds / 2)
    wire.become(State.WHOLE)


def hold_lock(scene: Scene, seconds: float) -> None:
    """Hold SQLite's write lock, as a forgotten shell does."""
    file = str(make_url(scene.storage.database_url).database)
    with scene.load.asking_plainly(), closing(sqlite3.connect(file, timeout=seconds, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)


def swap_bundles(scene: Scene, seconds: float) -> None:
    """Offer a broken bundle, then a good one."""
    source = scene.bundle.resolve()
    before = {case.model_version for case in scene.load.cases if case.id}
    scenes.swap_bundle(scene.bundle, scenes.cut_short(source, scene.work))
    scene.service.load_anew()
    time.sleep(seconds)
    if {case.model_version for case in scene.load.cases if case.id} != before:
        raise NotAsExpectedError("a broken bundle was answered from")
    folder, version = scenes.other_version(source, scene.work)
    scenes.swap_bundle(scene.bundle, folder)
    scene.service.load_anew()
    deadline = time.monotonic() + _SWAP_TIMEOUT_S
    while time.monotonic() < deadline:
        last = [case.model_version for case in scene.load.cases if case.id][-50:]
        if set(last) == {version}:
            return
        time.sleep(0.1)
    raise NotAsExpectedError("a good bundle was not gone over to")


def hang_up(scene: Scene, seconds: float) -> None:
    with hanging_up(scene.port, scene.load):
        time.sleep(seconds)


def trickle(scene: Scene, seconds: float) -> None:
    with trickling(scene.port, scene.load, _TRICKLING_CONNECTIONS):
        time.sleep(seconds)


def kill_service(scene: Scene, seconds: float) -> None:
    """Kill the whole service and start it again, several times."""
    for _ in range(3):
        scene.service.kill()
        time.sleep(0.5)
        scene.service.start()
        scene.service.wait_until_ready()
        time.sleep(seconds / 3)
    # Once more, so that recovery counts from a start.
    scene.service.kill()
    scene.service.start()


def restart_service(scene: Scene, seconds: float) -> None:
    """Stop and start the service, several times, as an operator does for new settings."""
    for _ in range(3):
        scene.service.stop()
        scene.service.start()
        time.sleep(seconds / 3)


FAULTS = (
    Fault("worker_killed", "a worker is killed, again and again", scenes.sqlite_and_folder, kill_workers),
    Fault("postgresql_restarted", "PostgreSQL restarts", scenes.postgresql_and_folder, restart_postgresql),
    Fault("postgresql_away", "PostgreSQL is silent, then away", scenes.postgresql_on_a_wire, cut_off),
    Fault(LOCKED, "SQLite is locked", scenes.sqlite_and_folder, hold_lock, clients=_MANY_CLIENTS),
    Fault("disk_full", "the disk is full", scenes.sqlite_and_folder_on_small_disk, fill_disk),
    Fault("database_disk_full", "the database's disk is full", scenes.sqlite_on_small_disk, fill_disk),
    Fault("s3_away", "the object store is silent, then away", scenes.sqlite_and_s3, cut_off),
    Fault("bundle_swapped", "a broken bundle, then another", scenes.sqlite_and_folder, swap_bundles, _BOUND_S, True),
    Fault("hung_up", "clients hang up mid-upload", scenes.sqlite_and_folder, hang_up, _BOUND_S, True),
    Fault("slow_loris", "40 clients send a byte a second", scenes.sqlite_and_folder, trickle, _BOUND_S, True),
    Fault("service_restarted", "the service restarts", scenes.sqlite_and_folder, restart_service, is_unnoticed=True),
    Fault("service_killed", "all processes are killed", scenes.sqlite_and_folder, kill_service),
)
