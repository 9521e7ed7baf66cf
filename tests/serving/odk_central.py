"""ODK Central on a local server: sessions, OData with pages, attachments, comments.

Shapes are those of Central's documentation and of its own tests (docs.getodk.org/central-api, getodk/central-backend),
as read in November 2026.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from uuid import uuid4

from tests.serving.messaging.local_server import Asked, Platform, Reply, as_json

EMAIL, PASSWORD = "office@example.org", "a password of the office's"
FORM = "leaf form"
_TOKEN = "gEgBxCQkMhz0VUHv"  # noqa: S105
_PATH = f"/v1/projects/7/forms/{quote(FORM)}"


class OdkCentral(Platform):
    """A form with its submissions; ``photos`` are by instance id and name, None until they arrive."""

    def __init__(self) -> None:
        super().__init__()
        self.submissions: list[dict[str, Any]] = []
        self.attachments: dict[str, dict[str, bytes | None]] = {}
        self.comments: dict[str, list[dict[str, Any]]] = {}

    def submit(self, attachments: Mapping[str, bytes | None], instance_id: str = "", **fields: Any) -> str:
        instance_id = instance_id or f"uuid:{uuid4()}"
        system = {"submissionDate": f"2026-11-27T08:00:{next(self._numbers):02}.000Z", "reviewState": None}
        # The newest first, as Central has it.
        self.submissions.insert(0, {"__id": instance_id, "__system": system, **fields})
        self.attachments[instance_id] = dict(attachments)
        self.comments[instance_id] = []
        return instance_id

    def said(self, instance_id: str) -> list[str]:
        return [comment["body"] for comment in self.comments[instance_id]]

    def _answer(self, asked: Asked) -> tuple[str, Reply]:
        parts = urlsplit(asked.path)
        if parts.path == "/v1/sessions":
            is_known = asked.json() == {"email": EMAIL, "password": PASSWORD}
            return "sessions", as_json({"token": _TOKEN, "csrf": "c", "expiresAt": "2026-11-28"}) if is_known else _no(
                401
            )
        if asked.headers.get("Authorization") != f"Bearer {_TOKEN}":
            return "session", _no(401)
        if parts.path == f"{_PATH}.svc/Submissions":
            return "submissions", self._page(parse_qs(parts.query))
        instance_id, _, rest = parts.path.removeprefix(f"{_PATH}/submissions/").partition("/")
        kind, _, name = rest.partition("/")
        return f"{kind}/*" if name else kind, self._part(unquote(instance_id), kind, unquote(name), asked)

    def _page(self, query: Mapping[str, list[str]]) -> Reply:
        top = int(query["$top"][0])
        rows = self.submissions
        if "$skiptoken" in query:
            last = json.loads(b64decode(query["$skiptoken"][0].removeprefix("01")))["instanceId"]
            rows = rows[[row["__id"] for row in rows].index(last) + 1 :]
        page: dict[str, Any] = {"@odata.context": "https://central.example.org/$metadata#Submissions"}
        if len(rows) > top:
            token = b64encode(json.dumps({"instanceId": rows[top - 1]["__id"]}).encode()).decode()
            # Under the name that Central believes to have.
            link = f"https://central.example.org{_PATH}.svc/Submissions?%24top={top}&%24skiptoken={quote('01' + token)}"
            page["@odata.nextLink"] = link
        return as_json(page | {"value": rows[:top]})

    def _part(self, instance_id: str, kind: str, name: str, asked: Asked) -> Reply:
        if instance_id not in self.attachments:
            return _no(404)
        if kind == "attachments" and not name:
            files = self.attachments[instance_id]
            return as_json([{"name": name, "exists": content is not None} for name, content in files.items()])
        if kind == "attachments":
            content = self.attachments[instance_id].get(name)
            # It also knows of some that its disk has lost.
            return Reply(200, content) if content else _no(404)
        if asked.method == "POST":
            self.comments[instance_id].insert(
                0, {"body": asked.json()["body"], "actorId": 5, "createdAt": "2026-11-27"}
            )
            return as_json(self.comments[instance_id][0])
        return as_json(self.comments[instance_id])


def _no(status: int) -> Reply:
    return as_json({"code": f"{status}.1", "message": "no"}, status)
