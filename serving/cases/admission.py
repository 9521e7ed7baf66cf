"""Admission control: one process diagnoses one case at a time, and so many may wait for their turn.

A case keeps one core busy from decoding to answer, and there is a process for each core. Measured with two cases at a
time: a 12-megapixel photo takes the same 29 ms of a core, so nothing is gained. While one case has its turn, others are
read, stored and sent anyway. A client that cannot be answered soon is told so instead of waiting.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from serving.http.errors import RequestCode, RequestError
from serving.telemetry import metrics

# Used until the first case is measured: about the time of a 12-megapixel photo.
_FIRST_GUESS_S = 0.1
# Weight of the last case in the mean.
_MEMORY = 0.1


class Admission:
    """Admits cases in the order of arrival; ``with admission:`` holds the slot, and does not nest."""

    def __init__(self, max_waiting: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_waiting = max_waiting
        self._clock = clock
        self._lock = threading.Lock()
        self._is_free = True
        self._queue: deque[threading.Event] = deque()
        self._slot_s = _FIRST_GUESS_S
        self._began = threading.local()

    def __enter__(self) -> Self:
        """Wait for a slot, or raise ``busy`` if too many wait already."""
        arrived = self._clock()
        ticket = self._join()
        try:
            if ticket is not None:
                with metrics.WAITING.track_inprogress():
                    ticket.wait()
            self._began.at = self._clock()
            metrics.TURN_SECONDS.observe(self._began.at - arrived)
            metrics.RUNNING.inc()
        # Release the slot if entering fails; otherwise it leaks.
        except BaseException:
            with self._lock:
                if ticket is not None and ticket in self._queue:
                    self._queue.remove(ticket)
                else:
                    self._pass_on()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Release the slot."""
        lasted_s = self._clock() - self._began.at
        with self._lock:
            self._slot_s += _MEMORY * (lasted_s - self._slot_s)
            self._pass_on()
        # Count last: if counting fails, the slot is already free.
        metrics.RUNNING.dec()

    @property
    def is_idle(self) -> bool:
        """Whether a new case would not have to wait."""
        return self._is_free

    def _pass_on(self) -> None:
        """Give the slot to the case that waits longest. The caller holds the lock."""
        if self._queue:
            self._queue.popleft().set()
        else:
            self._is_free = True

    def _join(self) -> threading.Event | None:
        """Take a free slot, or a place in the queue."""
        with self._lock:
            if self._is_free:
                self._is_free = False
                return None
            if len(self._queue) >= self._max_waiting:
                retry_after_s = math.ceil(len(self._queue) * self._slot_s) or 1
                raise RequestError(
                    RequestCode.BUSY,
                    f"{len(self._queue)} cases are waiting already",
                    retry_after_s=retry_after_s,
                )
            ticket = threading.Event()
            self._queue.append(ticket)
            return ticket
