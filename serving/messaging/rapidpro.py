"""RapidPro and TextIt: the node "Call Webhook" of a flow brings a message and takes the answer away.

The body is made of ``@contact`` and ``@input`` as goflow, RapidPro's engine, documents them; read in November 2026. The
answer goes back with the response, so RapidPro sends it, and we need neither its token nor the contact's number.
RapidPro keeps a photo on a server of its own, where anything could be named: only the operator's servers are asked.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

from babel.core import get_global
from pydantic import Field, ValidationError

from majani.decision.diagnosis import Diagnosis
from serving.http.errors import RequestCode, RequestError
from serving.messaging.platform import Deadline, Incoming, PlatformCode, PlatformError, Received
from serving.messaging.transport import Transport

# RapidPro waits 5 s or so before it tries again, and only if that is as long as we ask for.
_COME_AGAIN_S = 2
_SMS = "tel:"


class _Contact(Received):
    uuid: str = Field(min_length=1)
    urn: str | None = None
    language: str | None = None
    district: str | None = None


class _Input(Received):
    """The contact's last message; an attachment is a media type and an address, ``image/jpeg:https://...``."""

    uuid: str = Field(min_length=1)
    text: str | None = None
    attachments: tuple[str, ...] | None = None


class _Call(Received):
    contact: _Contact
    input: _Input


class RapidPro:
    """One workspace of RapidPro's."""

    def __init__(self, *, media_origins: Collection[str]) -> None:
        """Prepare without asking for anything; origins are such as ``https://media.example.org``."""
        self._media_origins = frozenset(media_origins)
        self._transport = Transport()

    def read(self, body: bytes, note: Callable[[Diagnosis], None]) -> Incoming:
        """The message, whose answer goes back with the response; raises ``request_invalid``."""
        try:
            call = _Call.model_validate_json(body)
        except ValidationError as error:
            raise RequestError(RequestCode.REQUEST_INVALID, "contact.uuid or input.uuid is missing") from error
        contact, message = call.contact, call.input
        url = self._photo_url(message.attachments or ())
        return Incoming(
            message_id=message.uuid,
            senders=(contact.uuid,),
            text=message.text or "",
            fetch_photo=None if url is None else lambda deadline: self._fetch(url, deadline),
            # Its languages have three letters (ISO 639-3), ours two where there are two: `swa` is `sw`.
            language=get_global("language_aliases").get(contact.language or "", contact.language),
            district=contact.district,
            is_sms=(contact.urn or "").startswith(_SMS),
            note=note,
        )

    def _photo_url(self, attachments: Collection[str]) -> str | None:
        """The address of the first photo; a flow takes one message at a time."""
        for attachment in attachments:
            kind, _, url = attachment.partition(":")
            if not kind.startswith("image"):
                continue
            # What is no address at all.
            with suppress(ValueError):
                parts = urlsplit(url)
                if f"{parts.scheme}://{parts.netloc}".lower() in self._media_origins:
                    return urlunsplit(parts)
            raise RequestError(
                RequestCode.REQUEST_INVALID, "the photo is on no server that MAJANI_RAPIDPRO_MEDIA_ORIGINS names"
            )
        return None

    def _fetch(self, url: str, deadline: Deadline) -> bytes:
        try:
            return self._transport.download(url, deadline=deadline)
        except PlatformError as error:
            if error.code is PlatformCode.REFUSED:
                raise
            # RapidPro has the message still and sends it again.
            raise RequestError(
                RequestCode.BUSY, "the server of the photo does not answer", retry_after_s=_COME_AGAIN_S
            ) from error
