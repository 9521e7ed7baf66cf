"""gunicorn's threaded worker, with a door that stays sound when descriptors run out and when the worker stops."""

import errno
import math
import os
import time
from typing import Any

from gunicorn.workers.gthread import PollableMethodQueue, TConn, ThreadWorker

# The process or the machine has no descriptor or no memory for one more connection.
_FULL = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
# Asking without a break would only keep busy those who could make room.
_PAUSE_S = 1
# An operator needs one line, not one for each pause.
_QUIET_S = 60


class LastingQueue(PollableMethodQueue):  # type: ignore[misc]
    """Stays open, because threads still report to it when the worker has ended.

    Each report is a byte; it would go into the file that has got the number of a closed pipe, perhaps the database.
    """

    def close(self) -> None:
        """Leave that to the end of the process."""


class DoorWorker(ThreadWorker):  # type: ignore[misc]
    """Lets senders in, on the thread that accepts connections."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.method_queue = LastingQueue()
        self._paused_until = -math.inf

    def set_accept_enabled(self, enabled: bool) -> None:
        """Let nobody else in when the worker stops: whoever got through is answered, others are refused at once.

        Where gunicorn would leave them waiting at a door that nobody opens any more.
        """
        if enabled and time.monotonic() < self._paused_until:
            return
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            self._shut()

    def _shut(self) -> None:
        for listener in self.sockets:
            # Shut already: gunicorn disables a stopping worker twice if it was full.
            if listener.sock is None:
                continue
            # No more than these can be waiting; those who come meanwhile must not keep the worker from stopping.
            for _ in range(self.cfg.backlog):
                if self.nr_conns >= self.worker_connections or not self.accept(listener):
                    break
            listener.close()

    def accept(self, listener: Any) -> bool:
        """Let one sender in.

        Returns:
            Whether there was one, so that there may be another.
        """
        try:
            sock, client = listener.accept()
        except BlockingIOError:
            return False
        except ConnectionAbortedError:
            return True
        except OSError as error:
            if error.errno not in _FULL:
                raise
            self._pause(error)
            return False
        self.nr_conns += 1
        self.enqueue_req(TConn(self.cfg, sock, client, listener.getsockname()))
        return True

    def _pause(self, error: OSError) -> None:
        """Leave others waiting outside until somebody has gone, where gunicorn would end the worker."""
        now = time.monotonic()
        if now > self._paused_until + _QUIET_S:
            self.log.error("no more connections can be accepted for now: %s", os.strerror(error.errno or 0))
        self._paused_until = now + _PAUSE_S
        super().set_accept_enabled(False)

    def is_parent_alive(self) -> bool:
        """Whether the master is there; without it this worker stops, as if it had been told to."""
        is_alive = bool(super().is_parent_alive())
        if not is_alive:
            self.alive = False
        return is_alive
