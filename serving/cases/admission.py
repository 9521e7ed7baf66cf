"""Admission control: one process diagnoses one case at a time, and the others wait in a fair queue.

A case keeps one core busy from decoding to answer, and there is a process for each core. Measured with two cases at a
time: a 12-megapixel photo takes the same 29 ms of a core, so nothing is gained. While one case has the slot, others are
read, stored and sent anyway.

The queue is self-clocked fair queueing (Golestani, 1994) with a flow for each sender: a case is tagged with the work
that its sender has in line up to it, and the lowest tag is next. So a sender of many or dear photos waits behind
itself. Load is shed by estimated waiting time, and in a full queue the case with the highest tag goes.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from serving.http.errors import RequestCode, RequestError
from serving.telemetry import metrics

# Used until the first case is measured: about the time of a 12-megapixel photo.
_FIRST_GUESS_S = 0.1
# Weight of the last case in the mean.
_MEMORY = 0.1
# Senders whose tags are kept, at most; older ones matter no more.
_MOST_TAGS = 1000


@dataclass(eq=False)
class _Ticket:
    """A waiting case; ``refused_after_s`` is set if it has to go, before it is called."""

    tag: float
    work: float
    is_patient: bool = False
    called: threading.Event = field(default_factory=threading.Event)
    refused_after_s: float | None = None


class Admission:
    """Admits one case at a time; safe to share between threads."""

    def __init__(self, max_waiting: int, max_wait_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_waiting = max_waiting
        self._max_wait_s = max_wait_s
        self._clock = clock
        self._lock = threading.Lock()
        self._running: _Ticket | None = None
        self._waiting: list[_Ticket] = []
        self._last_tags: dict[str, float] = {}
        self._work_s = _FIRST_GUESS_S

    @contextmanager
    def slot(self, sender: str, work: float, *, is_patient: bool = False) -> Iterator[None]:
        """Hold the slot; does not nest.

        Args:
            sender: Whose case it is; each sender's cases wait behind each other.
            work: Estimate of what it takes, in usual photos, above 0; see :func:`majani.image.decode.photo_work`.
            is_patient: Whether it waits however long that takes, and takes nobody's place in the queue.

        Raises:
            RequestError: ``busy`` if the case would wait too long.
        """
        arrived = self._clock()
        ticket = self._join(sender, work, is_patient=is_patient)
        try:
            if not ticket.called.is_set():
                with metrics.WAITING.track_inprogress():
                    ticket.called.wait()
            if ticket.refused_after_s is not None:
                raise _busy(ticket.refused_after_s)
            began = self._clock()
            metrics.TURN_SECONDS.observe(began - arrived)
            metrics.RUNNING.inc()
        # Release the slot if entering fails; otherwise it leaks.
        except BaseException:
            with self._lock:
                self._leave(ticket)
            raise
        try:
            yield
            # What fails at once tells nothing of how long others take.
            with self._lock:
                self._work_s += _MEMORY * ((self._clock() - began) / work - self._work_s)
        finally:
            with self._lock:
                self._leave(ticket)
            # Count last: if counting fails, the slot is already free.
            metrics.RUNNING.dec()

    def _join(self, sender: str, work: float, *, is_patient: bool) -> _Ticket:
        """Take the free slot or a place in the queue, in place of the highest tag where it is full."""
        with self._lock:
            now = 0.0 if self._running is None else self._running.tag
            ticket = _Ticket(max(now, self._last_tags.get(sender, 0.0)) + work, work, is_patient)
            if self._running is None:
                self._call(ticket)
            else:
                wait_s = self._wait_s(ticket)
                if wait_s > self._max_wait_s and not is_patient:
                    raise _busy(wait_s)
                self._waiting.append(ticket)
                in_line = [other for other in self._waiting if not other.is_patient]
                if len(in_line) > self._max_waiting:
                    last = max(in_line, key=lambda other: other.tag)
                    self._waiting.remove(last)
                    last.refused_after_s = self._wait_s(last)
                    last.called.set()
                    if last is ticket:
                        return ticket
            self._last_tags[sender] = ticket.tag
            return ticket

    def _wait_s(self, ticket: _Ticket) -> float:
        before = sum(other.work for other in self._waiting if other.tag <= ticket.tag)
        return (before + (self._running.work if self._running else 0.0)) * self._work_s

    def _leave(self, ticket: _Ticket) -> None:
        """Give the slot to the lowest tag, or a place in the queue up. The caller holds the lock."""
        if ticket is not self._running:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            return
        self._running = None
        if self._waiting:
            # Of equal tags, the one that came first.
            self._call(min(self._waiting, key=lambda other: other.tag))
        else:
            self._last_tags.clear()

    def _call(self, ticket: _Ticket) -> None:
        self._running = ticket
        if ticket in self._waiting:
            self._waiting.remove(ticket)
        if len(self._last_tags) > _MOST_TAGS:
            self._last_tags = {sender: tag for sender, tag in self._last_tags.items() if tag > ticket.tag}
        ticket.called.set()


def _busy(wait_s: float) -> RequestError:
    message = f"this case would wait {wait_s:.1f} s"
    return RequestError(RequestCode.BUSY, message, retry_after_s=math.ceil(wait_s) or 1)
