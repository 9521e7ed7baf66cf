"""RapidPro's side: its server of attachments, and the node "Call Webhook" of a flow.

``@contact`` and ``@input`` look as goflow's documentation shows them, and a call is tried again as its HTTP client
(gocommon/httpx) does, as read in November 2026.
"""

import itertools
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.serving.messaging.local_server import Asked, Platform, Reply

SECRET = "made-up-for-the-flow"  # noqa: S105 - of nothing but these tests
PATH = "/channels/rapidpro"
# With the default settings; the wait between them is left out.
RETRIES = 2
_BACKOFF_S = 5


class RapidProFlows(Platform):
    """Keeps attachments."""

    def keep(self, content: bytes) -> str:
        path = f"/attachments/1/{next(self._numbers)}.jpg"
        self.photos[path] = content
        return f"{self.server.url}{path}"

    def _answer(self, asked: Asked) -> tuple[str, Reply]:
        found = self.photos.get(asked.path)
        return "attachment", Reply(404) if found is None else Reply(200, found)


class Contact:
    """A person with a phone, in a flow that calls Majani with every message."""

    _numbers = itertools.count(1)

    def __init__(
        self, flows: RapidProFlows, client: FlaskClient, *, scheme: str = "whatsapp", language: str | None = None
    ) -> None:
        self.uuid = str(uuid4())
        self.urn = f"{scheme}:+25470000{next(self._numbers):04}"
        self._language = language
        self.flows = flows
        self._client = client

    def message(self, text: str = "", *addresses: str) -> dict[str, Any]:
        attachments = [f"image/jpeg:{address}" for address in addresses]
        return {
            "contact": {"uuid": self.uuid, "name": "Wanjiku", "urn": self.urn, "language": self._language},
            "flow": {"uuid": str(uuid4()), "name": "Majani"},
            "results": {"crop": {"value": "bean", "category": "All Responses"}},
            "input": {"uuid": str(uuid4()), "text": text, "attachments": attachments},
        }

    def photo(self, content: bytes, text: str = "") -> dict[str, Any]:
        return self.message(text, self.flows.keep(content))

    def calls(self, message: dict[str, Any]) -> TestResponse:
        """Call as a flow does, again where that is asked for or fails."""
        headers = {"Authorization": f"Bearer {SECRET}", "Idempotency-Key": message["input"]["uuid"]}
        for _ in range(RETRIES + 1):
            response = self._client.post(PATH, json=message, headers=headers)
            may_come_again = 0 < int(response.headers.get("Retry-After", 0)) <= _BACKOFF_S
            if not (may_come_again or response.status_code > 501):
                break
        return response

    def asks(self, message: dict[str, Any]) -> dict[str, Any]:
        response = self.calls(message)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.get_json()
        return answer
