"""Starting workers beside those that answer, and knowing whether they got ready; all of it in gunicorn's master."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from serving.release.snapshot import Snapshot

# Workers that take longer have failed.
READY_TIMEOUT_S = 30
_POLL_S = 0.05


class StartError(Exception):
    """New workers do not get ready."""


def start(server: Arbiter, snapshot: Snapshot) -> None:
    """Start as many as there should be, with the snapshot that they are given, and wait until they are ready.

    Raises:
        StartError: If one fails or takes too long; the others go on.
        OSError: If there is no room for one.
    """
    for _ in range(server.num_workers):
        server.spawn_worker()
    new = _loading(server, snapshot)
    _wait_until(lambda: any(map(_has_ended, new)) or all(map(is_ready, new)), READY_TIMEOUT_S)
    if any(map(_has_ended, new)):
        raise StartError("a new process ended while it was starting")
    if not all(map(is_ready, new)):
        raise StartError(f"the new processes were not ready within {READY_TIMEOUT_S} s")


def end(server: Arbiter, snapshot: Snapshot) -> None:
    """End those with this snapshot.

    Waits until they are gone, or gunicorn would find too many workers and end the oldest, which are the good ones.
    """
    workers = _loading(server, snapshot)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for worker in workers:
            # One that is not ready has let nobody in, and may not hear anything else.
            server.kill_worker(worker.pid, number if is_ready(worker) else signal.SIGKILL)
        _wait_until(lambda: all(map(_has_ended, workers)), server.cfg.graceful_timeout)
    server.reap_workers()


def mark_ready(worker: Any) -> None:
    """In the worker: tell the master that it has loaded everything."""
    # It can answer all the same.
    with suppress(OSError):
        _ready_mark(worker).touch()


def is_ready(worker: Worker) -> bool:
    """Whether it has ever been."""
    return _ready_mark(worker).exists()


def _loading(server: Arbiter, snapshot: Snapshot) -> list[Worker]:
    return [worker for worker in server.WORKERS.values() if worker.snapshot == snapshot]


def _has_ended(worker: Worker) -> bool:
    # Only looked at: it is for gunicorn to collect.
    return os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _wait_until(happens: Callable[[], bool], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while not happens() and time.monotonic() < deadline:
        time.sleep(_POLL_S)


def _ready_mark(worker: Any) -> Path:
    directory: Path = worker.snapshot.directory
    return directory / f"ready-{worker.age}"
