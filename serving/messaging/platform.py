"""What the platforms have in common: a message that came in, and how long answering it may take.

Work is done while the platform waits for our 200, so the platform itself is the queue: it delivers unfinished messages
again, and no telephone number is stored. A slow or failing platform must not keep its own delivery waiting.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from majani.decision.diagnosis import Diagnosis
from serving.persistence.case_record import Origin

# Looking up, downloading, diagnosing and answering take about a second together; the rest is for second attempts.
FETCH_S = 6.0
REPLY_S = 4.0
# One more message is begun only if it can be finished. How long the platforms wait is not published.
DELIVERY_S = 20.0


class Deadline:
    """A moment that is still to come, or is not."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining_s(self) -> float:
        """Seconds left; 0 when it is too late."""
        return max(0.0, self._end - time.monotonic())


class PlatformCode(StrEnum):
    """Why a platform could not be used, for the log; after ``unreachable`` and ``busy`` nothing was carried out."""

    UNREACHABLE = "unreachable"
    BUSY = "busy"
    BROKEN_OFF = "broken_off"
    TIMED_OUT = "timed_out"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_UNDERSTOOD = "not_understood"


class PlatformError(Exception):
    """A platform failed, even after retries; it never quotes the platform, whose words name numbers and tokens."""

    def __init__(self, code: PlatformCode, *, status: int | None = None, pause_s: float = 0.0) -> None:
        super().__init__(code if status is None else f"{code} ({status})")
        self.code, self.pause_s = code, pause_s


class Received(BaseModel):
    """Part of what a platform sends; fields that we do not use come and go."""

    model_config = ConfigDict(frozen=True, extra="ignore")


Model = TypeVar("Model", bound=Received)


def understood(model: type[Model], answer: Any) -> Model:
    """What a platform has answered, or PlatformError ``not_understood``."""
    try:
        return model.model_validate(answer)
    except ValidationError:
        raise PlatformError(PlatformCode.NOT_UNDERSTOOD) from None


def fetch_anew(download: Callable[[Deadline], bytes]) -> Callable[[Deadline], bytes]:
    """Have a photo's address asked for and fetched, once more if the first address had expired."""

    def fetch(deadline: Deadline) -> bytes:
        try:
            return download(deadline)
        except PlatformError as error:
            if error.code is not PlatformCode.REFUSED:
                raise
        return download(deadline)

    return fetch


@dataclass(frozen=True)
class Incoming:
    """One message of one person, or a photo with its caption; the id stays the same when it is delivered again.

    ``senders`` are all ids of the person in it, first the one that lasts. ``reply`` sends the answer, where that is not
    the response to the delivery; ``note`` hears the photo's diagnosis.
    """

    message_id: str
    senders: tuple[str, ...]
    reply: Callable[[str, Deadline], None] = lambda _text, _deadline: None
    text: str = ""
    fetch_photo: Callable[[Deadline], bytes] | None = None
    language: str | None = None
    district: str | None = None
    sent_at: datetime | None = None
    is_sms: bool = False
    note: Callable[[Diagnosis], None] = lambda _: None


@dataclass(frozen=True)
class Sender:
    """A person on one platform, by keyed hashes of all ids in the message; what is kept is kept under the first."""

    platform: Origin
    hashes: tuple[str, ...]

    @property
    def first(self) -> str:
        """The hash that cases are kept under."""
        return self.hashes[0]

    @property
    def alias(self) -> str | None:
        """The hash of another id of theirs."""
        return self.hashes[1] if len(self.hashes) > 1 else None
