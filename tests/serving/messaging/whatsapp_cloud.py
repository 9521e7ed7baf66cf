"""WhatsApp's side of the Cloud API on a local server, and the deliveries that it makes.

Shapes are those of the public documentation (developers.facebook.com/documentation/business-messaging/whatsapp: webhook
reference "messages", "media", "messages API", "business-scoped user IDs"), as read in November 2026.
"""

import hashlib
import hmac
import itertools
import json
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.serving.messaging.local_server import SENT, Asked, Platform, Reply, as_json

PHONE_NUMBER_ID = "106540352242922"
# Of nothing but these tests.
ACCESS_TOKEN = "EAAJB-access"  # noqa: S105
APP_SECRET = "app-secret-of-meta"  # noqa: S105
VERIFY_TOKEN = "made-up-by-us-alone"  # noqa: S105
PATH = "/channels/whatsapp"


class WhatsAppCloud(Platform):
    """Keeps photos, hands out addresses for them that work once, takes answers."""

    sending = "/messages"

    def __init__(self) -> None:
        super().__init__()
        self._addresses: dict[str, str] = {}

    @property
    def api_url(self) -> str:
        return f"{self.server.url}/v25.0"

    @property
    def texts(self) -> list[str]:
        return [message["text"]["body"] for message in self.sent]

    def keep(self, photo: bytes) -> str:
        """Store a person's photo and return its media id."""
        media_id = str(2754859441498000 + next(self._numbers))
        self.photos[media_id] = photo
        return media_id

    def _answer(self, asked: Asked) -> tuple[str, Reply]:
        path = urlsplit(asked.path).path
        operation = "messages" if path.endswith(self.sending) else "download" if "/attachments/" in path else "media"
        if asked.headers.get("Authorization") != f"Bearer {ACCESS_TOKEN}":
            return operation, Reply(401)
        if operation == "messages":
            return operation, as_json({"messages": [{"id": f"wamid.answer{next(self._numbers)}"}]})
        name = path.rpartition("/")[2]
        if operation == "download":
            # An address works once; the next lookup makes a new one.
            found = self.photos.get(self._addresses.pop(name, ""))
            return operation, Reply(404) if found is None else Reply(200, found)
        if name not in self.photos:
            return operation, Reply(400)
        address = f"{next(self._numbers)}"
        self._addresses[address] = name
        url = f"{self.server.url}/whatsapp_business/attachments/{address}"
        return operation, as_json({"url": url, "mime_type": "image/jpeg", "id": name})


class Person:
    """A person with WhatsApp."""

    _numbers = itertools.count(1)

    def __init__(self, cloud: WhatsAppCloud, client: FlaskClient) -> None:
        own = next(self._numbers)
        # Either is empty where the platform does not tell it.
        self.number = f"2547000{own:05}"
        self.scoped_id = f"KE.{13491208655302741918 + own}"
        self.cloud = cloud
        self._client = client

    def text(self, body: str) -> dict[str, Any]:
        return self._message("text", {"body": body})

    def photo(self, content: bytes, *, kind: str = "image", **more: str) -> dict[str, Any]:
        media = {"id": self.cloud.keep(content), "mime_type": "image/jpeg", "sha256": "c2hhMjU2", **more}
        return self._message(kind, media)

    def other(self, kind: str) -> dict[str, Any]:
        return self._message(kind, {"id": "1", "mime_type": "audio/ogg"})

    def writes(self, body: str) -> TestResponse:
        return self.delivers(self.text(body))

    def sends(self, photo: bytes) -> TestResponse:
        return self.delivers(self.photo(photo))

    def delivers(self, *messages: Any) -> TestResponse:
        return post(self._client, delivery(*messages))

    def _message(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        named = {"from": self.number, "from_user_id": self.scoped_id}
        sender = {name: value for name, value in named.items() if value}
        message = {"id": f"wamid.HBgL{self.number}{number}==", "timestamp": str(SENT + number)}
        return {**sender, **message, "type": kind, kind: content}


def delivery(*messages: Any, phone_number_id: str = PHONE_NUMBER_ID, **more: Any) -> dict[str, Any]:
    """One POST of the platform's, with all messages in one change."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": phone_number_id},
        **({"messages": list(messages)} if messages else {}),
        **more,
    }
    entry = {"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def sign(body: bytes, secret: str = APP_SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def post(client: FlaskClient, content: Any) -> TestResponse:
    body = json.dumps(content).encode()
    headers = {"X-Hub-Signature-256": sign(body), "Content-Type": "application/json"}
    return client.post(PATH, data=body, headers=headers)
