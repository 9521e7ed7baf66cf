"""Going over to what now lies in the operator's folders, when gunicorn's master gets a SIGHUP.

A snapshot is taken and checked while everybody is still answered from the old one. Only if it is good are workers
started with it, and only when these are ready do the old ones finish what they are doing and go. If one of the new ones
fails, they all go instead. Nothing here blocks the master but waiting for new workers, so that it can replace one that
dies meanwhile.
"""

import atexit
import os
import sys
import time
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from serving.release import new_workers
from serving.release.check import Check
from serving.release.snapshot import Snapshot, SnapshotError, remove_abandoned, remove_unused
from serving.settings import Settings

# Between one that failed and the next: each costs a second of work, which those that answer can use better.
RESPAWN_PAUSE_S = 2
_EXIT_STATUS = 1
_NO_EXIT_STATUS = -1


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
        self._respawn_time = 0.0
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
        collect = server.handle_chld

        def child_ended() -> None:
            self._outlive_failures()
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
            self._snapshots.add(snapshot)
            self._check = Check(snapshot)
        except (SnapshotError, OSError) as error:
            self._server.log.error("not swapped: %s", error)
            self.tidy()
            return
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
            self._go_over(check.snapshot)
        self.tidy()

    def tidy(self) -> None:
        """Delete what nobody can load from any more."""
        loading = {worker.snapshot for worker in self._server.WORKERS.values()}
        checked = set() if self._check is None else {self._check.snapshot}
        remove_unused(self._snapshots, loading | checked | {self.current})

    def note_end(self, worker: Any) -> None:
        """Tidy up after a worker, and give the next one time if this one never got ready."""
        if not new_workers.is_ready(worker):
            self._respawn_time = time.monotonic() + RESPAWN_PAUSE_S
        self.tidy()

    def await_respawn_time(self) -> None:
        """Sleep if a worker has just failed."""
        time.sleep(max(0.0, self._respawn_time - time.monotonic()))

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

    def _outlive_failures(self) -> None:
        """Once a worker got ready, have gunicorn replace those that do not, instead of ending with everybody."""
        server = self._server
        if any(map(new_workers.is_ready, server.WORKERS.values())):
            server.WORKER_BOOT_ERROR = server.APP_LOAD_ERROR = _NO_EXIT_STATUS

    def _go_over(self, snapshot: Snapshot) -> None:
        """Start new workers with ``snapshot`` and end the old ones, or go on as before."""
        before, self.current = self.current, snapshot
        try:
            new_workers.start(self._server, snapshot)
        except (new_workers.StartError, OSError) as error:
            self._server.log.error("not swapped: %s", error)
            self.current = before
            new_workers.end(self._server, snapshot)
        else:
            # Of too many workers it ends the oldest.
            self._server.manage_workers()

    def _in_operators_words(self, reason: str, snapshot: Snapshot) -> str:
        """An operator has never heard of the copy."""
        settings = self._settings
        return reason.replace(str(snapshot.bundle), str(settings.bundle)).replace(
            str(snapshot.texts_dir), str(settings.texts_dir)
        )


def give_snapshot(releases: Releases, worker: Worker) -> None:
    """Say what a worker that is about to be started will load from."""
    releases.await_respawn_time()
    worker.snapshot = releases.current


def use_snapshot(worker: Any) -> None:
    """Have this process load from its worker's snapshot."""
    os.environ.update(worker.snapshot.environment)
