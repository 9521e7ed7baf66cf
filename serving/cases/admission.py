"""A turn on the core: how many cases one process looks at at a time, and how many may wait for that.

A case keeps one core busy from decoding to answer. More of them at once would only make each other slower, and whoever
cannot be answered soon is better told so than left waiting.
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
# core, so nothing is gained; while one case has its turn, others are read, kept and sent anyway.
RUNNING_CASES = 1
# Until there is a case to measure; about what a 12-megapixel photo takes.
_FIRST_GUESS_S = 0.1
# How much the last case counts in the mean.
_MEMORY = 0.1


class Admission:
    """Lets cases through in the order in which they came; ``with admission:`` is one turn, and turns do not nest."""

    def __init__(self, running: int, max_waiting: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Open.

        Args:
            running: Cases that have their turn at the same time.
            max_waiting: Cases that may wait for it.
            clock: In seconds.
        """
        self._running = running
        self._max_waiting = max_waiting
        self._clock = clock
        self._lock = threading.Lock()
        self._free = running
        self._queue: deque[threading.Event] = deque()
        self._turn_s = _FIRST_GUESS_S
        self._began = threading.local()

    def __enter__(self) -> Self:
        """Wait for a turn.

        Raises:
            RequestError: ``busy`` if too many wait already.
        """
        came = self._clock()
        turn = self._join()
        try:
            if turn is not None:
                with metrics.WAITING.track_inprogress():
                    turn.wait()
            self._began.at = self._clock()
            metrics.TURN_SECONDS.observe(self._began.at - came)
            metrics.RUNNING.inc()
        # Nobody leaves who has not come in: the turn would be lost for as long as the process lives.
        except BaseException:
            with self._lock:
                if turn is not None and turn in self._queue:
                    self._queue.remove(turn)
                else:
                    self._pass_on()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let the next one have the turn."""
        lasted_s = self._clock() - self._began.at
        with self._lock:
            self._turn_s += _MEMORY * (lasted_s - self._turn_s)
            self._pass_on()
        # Counting comes last: if it failed, nobody would wait for ever.
        metrics.RUNNING.dec()

    @property
    def is_idle(self) -> bool:
        """Whether a case that came now would not have to wait."""
        return self._free > 0

    def _pass_on(self) -> None:
        """Give a turn to whoever waits longest; to be called with the lock."""
        if self._queue:
            self._queue.popleft().set()
        else:
            self._free += 1

    def _join(self) -> threading.Event | None:
        """Take a free turn, or a place in the queue."""
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return None
            if len(self._queue) >= self._max_waiting:
                retry_after_s = math.ceil(len(self._queue) * self._turn_s / self._running) or 1
                raise RequestError(
                    RequestCode.BUSY,
                    f"{len(self._queue)} cases are waiting already",
                    retry_after_s=retry_after_s,
                )
            turn = threading.Event()
            self._queue.append(turn)
            return turn
