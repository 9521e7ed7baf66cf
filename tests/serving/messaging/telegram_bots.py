"""Telegram's side of the Bot API on a local server, and the updates that it makes.

Shapes are those of the public documentation (core.telegram.org/bots/api: Update, Message, PhotoSize, Document, getFile,
sendMessage, ReplyParameters, ResponseParameters), as read in November 2026.
"""

import itertools
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.serving.messaging.local_server import SENT, Asked, Platform, Reply, as_json

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"  # noqa: S105 - the documentation's example
SECRET = "secret_of-the-webhook"  # noqa: S105 - of nothing but these tests
PATH = "/channels/telegram"


class TelegramBots(Platform):
    """Keeps files and takes answers."""

    sending = "/sendMessage"

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.sent]

    @property
    def fetched(self) -> list[str]:
        """File ids that were downloaded."""
        return [asked.path.rpartition("/")[2] for asked in self.server.asked if asked.path.startswith("/file/")]

    def keep(self, content: bytes) -> str:
        file_id = f"AgACAgQ{next(self._numbers)}"
        self.photos[file_id] = content
        return file_id

    def _answer(self, asked: Asked) -> tuple[str, Reply]:
        parts = urlsplit(asked.path)
        if parts.path.startswith(f"/file/bot{TOKEN}/"):
            found = self.photos.get(parts.path.rpartition("/")[2])
            return "download", Reply(404) if found is None else Reply(200, found)
        operation = parts.path.rpartition("/")[2]
        if not parts.path.startswith(f"/bot{TOKEN}/"):
            return operation, as_json({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401)
        if operation == "getFile":
            [file_id] = parse_qs(parts.query)["file_id"]
            return operation, as_json({"ok": True, "result": {"file_id": file_id, "file_path": f"photos/{file_id}"}})
        message = asked.json()
        sent = {"message_id": next(self._numbers), "chat": {"id": message["chat_id"]}, "text": message["text"]}
        return operation, as_json({"ok": True, "result": sent})


class Person:
    """A person with Telegram who writes to the bot."""

    _numbers = itertools.count(1)

    def __init__(self, bots: TelegramBots, client: FlaskClient) -> None:
        self.id = 991_000_000 + next(self._numbers)
        self.bots, self.language = bots, dict[str, str]()
        self._client = client

    def text(self, body: str, **more: Any) -> dict[str, Any]:
        return self.update(text=body, **more)

    def photo(self, *contents: bytes, sizes: tuple[int | None, ...] = ()) -> dict[str, Any]:
        """A photo in several sizes, smallest first, whose weights may be told otherwise than they are."""
        weights = sizes or tuple(len(content) for content in contents)
        described = [
            {"file_id": self.bots.keep(content), "file_unique_id": "u", "width": 90 * place, "height": 67 * place}
            | ({} if weight is None else {"file_size": weight})
            for place, (content, weight) in enumerate(zip(contents, weights, strict=True), start=1)
        ]
        return self.update(photo=described)

    def document(self, content: bytes) -> dict[str, Any]:
        file = {"file_id": self.bots.keep(content), "file_unique_id": "u", "mime_type": "image/jpeg"}
        return self.update(document={**file, "file_size": len(content)})

    def update(self, *, chat_type: str = "private", **content: Any) -> dict[str, Any]:
        sender = {"id": self.id, "is_bot": False, "first_name": "Wanjiku", **self.language}
        chat = {"id": self.id, "first_name": "Wanjiku", "type": chat_type}
        number = next(self._numbers)
        message = {"message_id": number, "from": sender, "chat": chat, "date": SENT + number, **content}
        return {"update_id": 10_000 + next(self._numbers), "message": message}

    def writes(self, body: str) -> TestResponse:
        return self.delivers(self.text(body))

    def sends(self, photo: bytes) -> TestResponse:
        return self.delivers(self.photo(photo))

    def delivers(self, update: Any) -> TestResponse:
        return post(self._client, update)


def post(client: FlaskClient, update: Any) -> TestResponse:
    return client.post(PATH, json=update, headers={"X-Telegram-Bot-Api-Secret-Token": SECRET})
