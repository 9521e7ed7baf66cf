"""Telegram's Bot API, as documented under core.telegram.org/bots/api.

The bot's token is part of every address, so no address may reach a log.
"""

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from pydantic import AwareDatetime, Field, ValidationError

from majani.errors import ErrorCode, PhotoError
from majani.image.decode import MAX_PHOTO_BYTES
from serving.http.errors import RequestCode, RequestError
from serving.messaging.platform import Deadline, Incoming, PlatformCode, PlatformError, Received, fetch_anew, understood
from serving.messaging.transport import Transport

logger = logging.getLogger(__name__)


class _User(Received):
    id: int
    language_code: str | None = None


class _Chat(Received):
    id: int
    type: str


class _File(Received):
    file_id: str
    width: int = 0
    height: int = 0
    file_size: int | None = None
    mime_type: str = ""


class _Message(Received):
    message_id: int
    date: AwareDatetime | None = None
    sender: _User | None = Field(default=None, alias="from")
    chat: _Chat
    text: str = ""
    caption: str = ""
    photo: tuple[_File, ...] = ()
    document: _File | None = None


class _Update(Received):
    """Something that happened; every kind of event but a new message is left out."""

    update_id: int
    message: dict[str, Any] | None = None


class _Found(Received):
    file_path: str


class _Answer(Received):
    ok: bool
    result: Any = None


class Telegram:
    """One bot."""

    def __init__(self, *, api_url: str, token: str) -> None:
        """Prepare without asking for anything."""
        self._methods_url = f"{api_url.rstrip('/')}/bot{token}"
        self._files_url = f"{api_url.rstrip('/')}/file/bot{token}"
        self._transport = Transport()

    def read(self, body: bytes) -> tuple[Incoming, ...]:
        """The message in the update, if a person wrote it to the bot alone; raises ``request_invalid``."""
        try:
            update = _Update.model_validate_json(body)
        except ValidationError as error:
            raise RequestError(RequestCode.REQUEST_INVALID, "this is no update of Telegram's") from error
        if update.message is None:
            return ()
        try:
            message = _Message.model_validate(update.message)
        except ValidationError:
            logger.warning("telegram: a message was not understood and is left out")
            return ()
        # The bot answers no groups, because it would answer people who did not ask it.
        return (self._understood(message),) if message.chat.type == "private" else ()

    def _understood(self, message: _Message) -> Incoming:
        sizes = _photo(message)
        return Incoming(
            # Update ids begin anew at a random number after a quiet week; these stay unique.
            message_id=f"{message.chat.id}:{message.message_id}",
            senders=(str(message.chat.id),),
            reply=lambda text, deadline: self._send(message, text, deadline),
            text=message.text or message.caption,
            fetch_photo=fetch_anew(partial(self._download, sizes)) if sizes else None,
            language=message.sender.language_code if message.sender else None,
            sent_at=message.date,
        )

    def _download(self, sizes: Sequence[_File], deadline: Deadline) -> bytes:
        query = urlencode({"file_id": largest(sizes).file_id})
        answer = self._transport.get(f"{self._methods_url}/getFile?{query}", deadline=deadline)
        path = understood(_Found, _result(answer)).file_path
        return self._transport.download(f"{self._files_url}/{path}", deadline=deadline)

    def _send(self, message: _Message, text: str, deadline: Deadline) -> None:
        # A sender who has deleted the photo still gets the answer.
        to = {"message_id": message.message_id, "allow_sending_without_reply": True}
        answer = {"chat_id": message.chat.id, "text": text, "reply_parameters": to}
        _result(self._transport.post(f"{self._methods_url}/sendMessage", answer, deadline=deadline))


def largest(sizes: Sequence[_File]) -> _File:
    """The largest of the sizes that we can take, also of unknown weight; raises ``photo_too_large``."""
    possible = [size for size in sizes if size.file_size is None or size.file_size <= MAX_PHOTO_BYTES]
    if not possible:
        raise PhotoError(ErrorCode.PHOTO_TOO_LARGE, f"no size of at most {MAX_PHOTO_BYTES} bytes")
    return max(possible, key=lambda size: size.width * size.height)


def _photo(message: _Message) -> tuple[_File, ...]:
    """The photo's sizes; some send it as a document, because that keeps it sharp."""
    if message.document is not None and message.document.mime_type.startswith("image/"):
        return (message.document,)
    return message.photo


def _result(answer: Any) -> Any:
    read = understood(_Answer, answer)
    if not read.ok:
        raise PlatformError(PlatformCode.REFUSED)
    return read.result
