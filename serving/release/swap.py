"""Going over to what now lies in the operator's folders, when gunicorn's master gets a SIGHUP.

A snapshot is taken and checked while everybody is still answered from the old one. Only if it is good are workers
started with it, and only when these are ready do the old ones finish what they are doing and go. Nothing here blocks
the master for longer than that last step, so that it can replace a worker that dies meanwhile.
"""

import atexit
import os
import sys
import time
from pathlib import Path
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from serving.release.check import Check
from serving.release.snapshot import Snapshot, SnapshotError, remove_abandoned, remove_unused
from serving.settings import Settings

# New workers that take longer are waited for no more; the old ones go, and requests queue until the new ones are ready.
READY_TIMEOUT_S = 30
_POLL_S = 0.05
_EXIT_STATUS = 1


class Releases:
    """The snapshots of one server; lives in gunicorn's master.

    Attributes:
        current: What new workers load from.
    """

    def __init__(self, server: Arbiter, settings: Settings) -> None:
        """Take the first snapshot, or end the server.

        It is not checked: the first workers do that, and gunicorn gives up if they cannot start.
        """
        self._server = server
        self._settings = settings
        self._check: Check | None = None
        remove_abandoned()
        try:
            self.current = Snapshot.take(settings)
        except SnapshotError as error:
            server.log.critical("cannot start: %s", error)
            sys.exit(_EXIT_STATUS)
        self._snapshots = {self.current}
        self._owner_id = os.getpid()
        # Not left to gunicorn, which says nothing when it ends while it is starting.
        atexit.register(self.close)

    def attach(self) -> None:
        """Take gunicorn's reaction to SIGHUP over, and notice when a check ends."""
        server = self._server
        self._reload, collect = server.handle_hup, server.handle_chld

        def child_ended() -> None:
            self.settle()
            collect()

        server.handle_hup = self.begin
        # Two names of one signal; which one is used is up to chance.
        server.handle_chld = server.handle_cld = child_ended

    def begin(self) -> None:
        """Take a snapshot and begin to check it; one that was being checked is forgotten."""
        self._forget_check()
        try:
            snapshot = Snapshot.take(self._settings)
        except SnapshotError as error:
            self._server.log.error("not swapped: %s", error)
            return
        self._snapshots.add(snapshot)
        self._check = Check(snapshot)
        self._server.log.info("checking what may be swapped to")

    def settle(self) -> None:
        """Swap, or do nothing, once the check is over."""
        check = self._check
        if check is None or not check.is_over:
            return
        self._check = None
        version, reason = check.verdict()
        if version is None:
            self._server.log.error("not swapped: %s", self._in_operators_words(reason, check.snapshot))
        else:
            self._server.log.info("swapping to model %s", version)
            self.current = check.snapshot
            self._replace_workers()
        self.tidy()

    def tidy(self) -> None:
        """Delete what nobody can load from any more."""
        loading = {worker.snapshot for worker in self._server.WORKERS.values()}
        checked = set() if self._check is None else {self._check.snapshot}
        remove_unused(self._snapshots, loading | checked | {self.current})

    def close(self) -> None:
        """Delete everything; the server ends. In a worker, which inherits this, it does nothing."""
        if os.getpid() == self._owner_id:
            self._forget_check()
            remove_unused(self._snapshots, ())

    def _forget_check(self) -> None:
        if self._check is not None:
            self._check.cancel()
            self._check = None
            self.tidy()

    def _replace_workers(self) -> None:
        """Let gunicorn do it, but have it wait between starting the new ones and ending the old ones."""
        server = self._server

        def end_old_workers() -> None:
            del server.manage_workers
            self._wait_for_new_workers()
            server.manage_workers()

        server.manage_workers = end_old_workers
        self._reload()

    def _wait_for_new_workers(self) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        new = [worker for worker in self._server.WORKERS.values() if worker.snapshot == self.current]
        while time.monotonic() < deadline and not all(_ready_mark(worker).exists() for worker in new):
            time.sleep(_POLL_S)

    def _in_operators_words(self, reason: str, snapshot: Snapshot) -> str:
        """An operator has never heard of the copy."""
        settings = self._settings
        return reason.replace(str(snapshot.bundle), str(settings.bundle)).replace(
            str(snapshot.texts_dir), str(settings.texts_dir)
        )


def give_snapshot(releases: Releases, worker: Worker) -> None:
    """Say what a worker that is about to be started will load from."""
    worker.snapshot = releases.current


def use_snapshot(worker: Any) -> None:
    """Have this process load from its worker's snapshot."""
    os.environ.update(worker.snapshot.environment)


def mark_ready(worker: Any) -> None:
    """Tell the master that this worker has loaded everything."""
    _ready_mark(worker).touch()


def _ready_mark(worker: Any) -> Path:
    directory: Path = worker.snapshot.directory
    return directory / f"ready-{worker.age}"
