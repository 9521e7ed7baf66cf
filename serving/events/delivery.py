"""Sends what waits in the outbox: at least once, in order for each case, and no receiver at another's expense.

Each receiver has a thread of its own while something is due for it. Several processes may do this at once. An attempt
that fails holds up later events of the same case for the same receiver, and nothing else.
"""

import logging
import random
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from http import HTTPStatus
from threading import Event

from serving.clock import now
from serving.events.message import CONTENT_TYPE, sign, write_event
from serving.events.sending import SEND_S, SendError, post
from serving.persistence.models import OutboxEvent, Receiver
from serving.persistence.outbox import EventState, Outbox

# A pause doubles with each attempt, and all of them take about three days.
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=2)
MAX_ATTEMPTS = 45
# So that events that failed together are not tried again together.
_JITTER = (0.75, 1.25)
_MOST_RECEIVERS_AT_ONCE = 32

logger = logging.getLogger(__name__)


def send(receiver: Receiver, event: OutboxEvent, *, source: str, moment: datetime, within_s: float) -> int:
    """Send an event once and return the status of the answer, or raise SendError."""
    body = write_event(event.event_id, event.kind, event.data, source=source)
    headers = sign(receiver.secret, event.event_id, moment, body)
    headers |= {"Content-Type": CONTENT_TYPE, "User-Agent": "Majani"}
    return post(receiver.url, body, headers, may_be_private=receiver.may_be_private, within_s=within_s)


class Delivery:
    """Threads that send; one of these in each process."""

    def __init__(
        self, outbox: Outbox, *, source: str, clock: Callable[[], datetime] = now, within_s: float = SEND_S
    ) -> None:
        self._outbox, self._source, self._clock, self._within_s = outbox, source, clock, within_s
        self._threads = ThreadPoolExecutor(_MOST_RECEIVERS_AT_ONCE)
        self._busy: dict[int, Future[None]] = {}
        self._is_ending = Event()

    def start(self) -> list[Future[None]]:
        """Begin to send what is due to all receivers that no thread of this process sends to by now."""
        busy = {receiver_id for receiver_id, sending in self._busy.items() if not sending.done()}
        free = (receiver for receiver in self._outbox.receivers_due() if receiver.id not in busy)
        begun = {receiver.id: self._threads.submit(self._send_all, receiver) for receiver in free}
        self._busy |= begun
        return list(begun.values())

    def end(self) -> None:
        """Send no more, and wait for what is on its way."""
        self._is_ending.set()
        self._threads.shutdown()

    def _send_all(self, receiver: Receiver) -> None:
        try:
            while not self._is_ending.is_set() and (event := self._outbox.claim(receiver.id)):
                if not self._send_one(receiver, event):
                    return
        # What was claimed is claimed again later.
        except Exception:
            logger.exception("receiver %d: an event is left for later", receiver.id)

    def _send_one(self, receiver: Receiver, event: OutboxEvent) -> bool:
        """Whether the receiver may get more."""
        try:
            status = send(receiver, event, source=self._source, moment=self._clock(), within_s=self._within_s)
        except SendError as error:
            failure = str(error.code)
        else:
            if status // 100 == 2:
                self._outbox.note(event, EventState.DELIVERED)
                return True
            failure = str(status)
        logger.warning("receiver %d: attempt %d failed: %s", receiver.id, event.attempts, failure)
        state = EventState.DEAD if event.attempts >= MAX_ATTEMPTS else EventState.WAITING
        self._outbox.note(event, state, failure=failure, pause=pause_after(event.attempts))
        if failure != str(HTTPStatus.GONE.value):
            return True
        logger.warning("receiver %d wants nothing more and is off until `webhooks test` reaches it", receiver.id)
        self._outbox.switch(receiver.id, is_on=False)
        return False


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(attempts - 1, 16))
    return pause * random.uniform(*_JITTER)  # noqa: S311 - not a secret
