"""WhatsApp's Cloud API, as documented under developers.facebook.com/documentation/business-messaging/whatsapp.

Three things are easily missed there. Since 2026 a person with a user name may write without a telephone number; such a
message has a business-scoped id only. Message ids contain the sender's number. And the address of a photo is good for
five minutes, so it is asked for anew if the first one no longer works.
"""

import hashlib
import hmac
import logging
from collections.abc import Iterator
from functools import partial
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import AwareDatetime, Field, ValidationError, model_validator

from serving.http.errors import RequestCode, RequestError
from serving.messaging.platform import Deadline, Incoming, PlatformCode, PlatformError, Received, fetch_anew, understood
from serving.messaging.transport import Transport

_SIGNATURE_PREFIX = "sha256="
# Photos are at lookaside.fbsbx.com; the access token goes to the platform's own hosts alone.
_MEDIA_HOSTS = (".fbsbx.com", ".facebook.com", ".whatsapp.net")
# A reaction to an answer, or a new number: no question to us.
_UNANSWERED = ("reaction", "system")

logger = logging.getLogger(__name__)


class _Text(Received):
    body: str


class _Media(Received):
    id: str
    mime_type: str = ""
    caption: str = ""


class _Message(Received):
    """A message of a person; ``type`` names the field that holds its content."""

    id: str
    phone_number: str = Field(default="", alias="from")
    scoped_id: str = Field(default="", alias="from_user_id")
    timestamp: AwareDatetime | None = None
    type: str
    text: _Text | None = None
    image: _Media | None = None
    document: _Media | None = None

    @model_validator(mode="after")
    def _from_somebody(self) -> Self:
        if not (self.phone_number or self.scoped_id):
            raise ValueError("the message has no sender")
        return self


class _Metadata(Received):
    phone_number_id: str


class _Value(Received):
    """What happened to one of our numbers; reports on what we sent have ``statuses`` instead of messages."""

    metadata: _Metadata | None = None
    messages: tuple[dict[str, Any], ...] = ()


class _Change(Received):
    field: str
    value: _Value


class _Entry(Received):
    changes: tuple[_Change, ...] = ()


class _Delivery(Received):
    entry: tuple[_Entry, ...] = ()


class _MediaAddress(Received):
    url: str


class WhatsApp:
    """One telephone number of ours."""

    def __init__(self, *, api_url: str, phone_number_id: str, access_token: str, app_secret: str) -> None:
        """Prepare without asking for anything; the address has a version, and the id is not the number itself."""
        self._api_url = api_url.rstrip("/")
        self._phone_number_id = phone_number_id
        self._headers = {"Authorization": f"Bearer {access_token}"}
        self._app_secret = app_secret.encode()
        self._transport = Transport()

    def has_signed(self, body: bytes, signature: str) -> bool:
        """Whether the platform signed these bytes, by the header ``X-Hub-Signature-256``."""
        expected = _SIGNATURE_PREFIX + hmac.new(self._app_secret, body, hashlib.sha256).hexdigest()
        return bool(self._app_secret) and hmac.compare_digest(expected.encode(), signature.encode())

    def read(self, body: bytes) -> tuple[Incoming, ...]:
        """The messages to our number; one that is not understood takes no other with it. Raises ``request_invalid``."""
        try:
            delivery = _Delivery.model_validate_json(body)
        except ValidationError as error:
            raise RequestError(RequestCode.REQUEST_INVALID, "this is no delivery of WhatsApp's") from error
        return tuple(self._incoming(delivery))

    def _incoming(self, delivery: _Delivery) -> Iterator[Incoming]:
        values = [change.value for entry in delivery.entry for change in entry.changes if change.field == "messages"]
        for value in values:
            # An app gets the messages to all of its numbers; others are answered elsewhere.
            if value.metadata is None or value.metadata.phone_number_id != self._phone_number_id:
                continue
            for raw in value.messages:
                try:
                    message = _Message.model_validate(raw)
                except ValidationError:
                    logger.warning("whatsapp: a message was not understood and is left out")
                    continue
                if message.type not in _UNANSWERED:
                    yield self._understood(message)

    def _understood(self, message: _Message) -> Incoming:
        photo = _photo(message)
        return Incoming(
            message_id=message.id,
            # The scoped id stays when a person hides the number; older messages had the number only.
            senders=tuple(one for one in (message.scoped_id, message.phone_number) if one),
            reply=lambda text, deadline: self._send(message, text, deadline),
            text=message.text.body if message.text else photo.caption if photo else "",
            fetch_photo=None if photo is None else fetch_anew(partial(self._download, photo.id)),
            sent_at=message.timestamp,
        )

    def _download(self, media_id: str, deadline: Deadline) -> bytes:
        found = self._transport.get(f"{self._api_url}/{media_id}", headers=self._headers, deadline=deadline)
        url = understood(_MediaAddress, found).url
        if not self._may_have_token(urlsplit(url)):
            raise PlatformError(PlatformCode.NOT_UNDERSTOOD)
        return self._transport.download(url, headers=self._headers, deadline=deadline)

    def _may_have_token(self, url: SplitResult) -> bool:
        api = urlsplit(self._api_url)
        is_of_platform = url.scheme == "https" and (url.hostname or "").endswith(_MEDIA_HOSTS)
        return is_of_platform or (url.scheme, url.netloc) == (api.scheme, api.netloc)

    def _send(self, message: _Message, text: str, deadline: Deadline) -> None:
        # Meta asks to use the number wherever it is known.
        to = {"to": message.phone_number} if message.phone_number else {"recipient": message.scoped_id}
        answer = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            **to,
            "context": {"message_id": message.id},
            "type": "text",
            "text": {"preview_url": False, "body": text},
        }
        url = f"{self._api_url}/{self._phone_number_id}/messages"
        self._transport.post(url, answer, headers=self._headers, deadline=deadline)


def _photo(message: _Message) -> _Media | None:
    """The photo; some send it as a document, because that keeps it sharp."""
    if message.document is not None and message.document.mime_type.startswith("image/"):
        return message.document
    return message.image
