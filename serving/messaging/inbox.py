"""Deals with what a platform delivers: each message once, one after the other, and none at another's expense."""

import hashlib
import hmac
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Literal

from serving.http.errors import RequestCode, RequestError
from serving.messaging.conversation import Conversation
from serving.messaging.platform import DELIVERY_S, FETCH_S, REPLY_S, Deadline, Incoming, PlatformError, Sender
from serving.persistence.case_record import Origin
from serving.persistence.engine import StorageError
from serving.persistence.senders import ClaimStatus, Deliveries

# For deliveries at one time in a process, each of which has a thread: a slow platform must leave some for all else.
_TURNS = BoundedSemaphore(16)

logger = logging.getLogger(__name__)


@contextmanager
def _turn() -> Iterator[None]:
    if not _TURNS.acquire(blocking=False):
        raise RequestError(RequestCode.BUSY, "too many deliveries are being answered")
    try:
        yield
    finally:
        _TURNS.release()


class Pseudonyms:
    """Hashes of people and messages. Telephone numbers are few: without the key, anyone could try them all."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def of(self, kind: Literal["sender", "message"], platform: Origin, value: str) -> str:
        """64 hexadecimal digits for a person or a message on one platform."""
        return hmac.new(self._key, f"{kind}:{platform}:{value}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Inbox:
    """Takes messages of all platforms; safe to share between threads."""

    deliveries: Deliveries
    conversation: Conversation
    pseudonyms: Pseudonyms

    def take(self, messages: Sequence[Incoming], platform: Origin) -> bool:
        """Answer one delivery. If the result is false, the platform has to deliver the messages again."""
        try:
            with _turn():
                whole = Deadline(DELIVERY_S)
                done = [self._take_one(message, platform, whole) for message in messages]
        except RequestError:
            return False
        return all(done)

    def answer(self, message: Incoming, platform: Origin) -> str:
        """The answer to a message whose platform sends it itself, empty if there is none; ``busy``, or StorageError.

        A message that comes again is answered again, so nothing is stored of it.
        """
        with _turn():
            answer = self.conversation.answer(message, self._sender(message, platform), Deadline(FETCH_S))
        if answer is None:
            return ""
        self.conversation.note_told(answer)
        return answer.text

    def _sender(self, message: Incoming, platform: Origin) -> Sender:
        return Sender(platform, tuple(self.pseudonyms.of("sender", platform, one) for one in message.senders))

    def _take_one(self, message: Incoming, platform: Origin, whole: Deadline) -> bool:
        if whole.remaining_s() < FETCH_S + REPLY_S:
            return False
        message_hash = self.pseudonyms.of("message", platform, message.message_id)
        try:
            claim = self.deliveries.claim(channel=platform, message_hash=message_hash)
            if claim is ClaimStatus.GRANTED:
                return self._deal_with(message, message_hash, platform)
        # No failure of one message may stop the other messages of the delivery.
        except Exception:
            logger.exception("%s: a message is left for the next delivery", platform)
            return False
        return claim is not ClaimStatus.TAKEN

    def _deal_with(self, message: Incoming, message_hash: str, platform: Origin) -> bool:
        try:
            self._answer(message, platform)
        except (RequestError, StorageError) as error:
            logger.warning("%s: a message is left for the next delivery: %s", platform, error)
            # The next receiver, perhaps another replica, may begin at once.
            self.deliveries.release(message_hash)
            return False
        self.deliveries.finish(message_hash)
        return True

    def _answer(self, message: Incoming, platform: Origin) -> None:
        sender = self._sender(message, platform)
        try:
            answer = self.conversation.answer(message, sender, Deadline(FETCH_S))
        # Too many people are asking, or what stores is away: both pass.
        except (RequestError, StorageError):
            raise
        # The same message would fail the same way again.
        except Exception:
            logger.exception("%s: a message could not be answered", platform)
            answer = self.conversation.apology(message, sender)
        if answer is None:
            return
        try:
            message.reply(answer.text, Deadline(REPLY_S))
            self.conversation.note_told(answer)
        except PlatformError as error:
            logger.error("%s: an answer could not be sent: %s", platform, error)
        # Better an expert's word once more than all of the answer.
        except StorageError as error:
            logger.error("%s: an answer was sent, but not noted: %s", platform, error)
