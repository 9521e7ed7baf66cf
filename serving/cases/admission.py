"""Admission control: how many cases one process diagnoses at a time, and how many may wait for a slot.

A case keeps one core busy from decoding to answer. More cases at once would only slow each other down, and a client
that cannot be answered soon is told so instead of waiting.
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

# Per process, of which there is one for each core. Measured with two: a 12-megapixel photo takes the same 29 ms of a
# core, so nothing is gained. While one case holds the slot, others are read, stored and sent anyway.
RUNNING_CASES = 1
# Used until the first case is measured: about the time of a 12-megapixel photo.
_FIRST_GUESS_S = 0.1
# Weight of the last case in the mean.
_MEMORY = 0.1


class Admission:
    """Admits cases in the order of arrival; ``with admission:`` holds one slot, and slots do not nest."""

    def __init__(self, running: int, max_waiting: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Open ``running`` slots; ``max_waiting`` cases may wait for one."""
        self._running = running
        self._max_waiting = max_waiting
        self._clock = clock
        self._lock = threading.Lock()
        self._free = running
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
        return self._free > 0

    def _pass_on(self) -> None:
        """Give the slot to the case that waits longest. The caller holds the lock."""
        if self._queue:
            self._queue.popleft().set()
        else:
            self._free += 1

    def _join(self) -> threading.Event | None:
        """Take a free slot, or a place in the queue."""
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return None
            if len(self._queue) >= self._max_waiting:
                retry_after_s = math.ceil(len(self._queue) * self._slot_s / self._running) or 1
                raise RequestError(
                    RequestCode.BUSY,
                    f"{len(self._queue)} cases are waiting already",
                    retry_after_s=retry_after_s,
                )
            ticket = threading.Event()
            self._queue.append(ticket)
            return ticket
