"""Requests to a service of this machine: one on a connection of its own, or written down to be sent in any way."""

import json
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

from urllib3 import encode_multipart_formdata


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


def ask_json(*request: Any, **options: Any) -> tuple[int, Any]:
    """The same with the answer read as JSON."""
    status, content = ask(*request, **options)
    return status, json.loads(content)


def written(method: str, path: str, body: bytes = b"", *head: str) -> bytes:
    """A whole request as it is sent, with these further lines in its head."""
    lines = (f"{method} {path} HTTP/1.1", "Host: majani", f"Content-Length: {len(body)}", *head)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def form(*photos: bytes) -> tuple[bytes, str]:
    """A form with photos, and the line that says so."""
    fields = [("photo", ("leaf.jpg", photo, "image/jpeg")) for photo in photos]
    body, media_type = encode_multipart_formdata(fields)
    return body, f"Content-Type: {media_type}"
