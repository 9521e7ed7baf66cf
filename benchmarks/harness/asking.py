"""One request to a service of this machine, on a connection of its own."""

import json
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection
from typing import Any


def ask(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    timeout_s: float = 30,
) -> tuple[int, bytes]:
    """Status and body of the answer; a body is sent as a JPEG."""
    named = {"Content-Type": "image/jpeg"} if body is not None else {}
    with closing(HTTPConnection("127.0.0.1", port, timeout=timeout_s)) as connection:
        connection.request(method, path, body, named | dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read()


def ask_json(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    timeout_s: float = 30,
) -> tuple[int, Any]:
    """The same with the answer read as JSON."""
    status, content = ask(port, method, path, body, headers, timeout_s=timeout_s)
    return status, json.loads(content)
