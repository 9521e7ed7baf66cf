"""Answers that stay the same until the service starts anew, compressed for clients that accept gzip.

The ETag is the checksum of the body, so a client can check that its copy is complete and current. Compression saves
most of the waiting on a bad network. It is only for answers that are the same for every client: if a secret is
compressed together with text that a stranger chose, the length of the answer gives it away.
"""

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Self
from urllib.parse import quote

from flask import Request, Response, request
from pydantic import BaseModel

from majani.model.bundle import sha256_hex

# Files with a checksum in their address never change.
KEPT_FOR_S = 365 * 24 * 3600
# A shorter body fits into one packet anyway.
_MIN_BYTES = 1024
_GZIP = "gzip"


@dataclass(frozen=True)
class Document:
    """JSON as it is sent, keys sorted and without spaces: the same content is the same bytes everywhere."""

    body: bytes
    sha256: str

    @classmethod
    def of(cls, content: BaseModel) -> Self:
        """Write ``content`` in the one form."""
        text = json.dumps(content.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        body = text.encode()
        return cls(body, sha256_hex(body))

    @cached_property
    def compressed(self) -> bytes:
        """The body in gzip, made at the first request: clients ask most processes for a language or two."""
        # The highest level, 9, takes up to four times as long for 4 % less.
        return gzip.compress(self.body, 6, mtime=0)


def respond(document: Document, *, language: str | None = None, negotiated: bool = False) -> Response:
    """Send a document, or 304 to a client that has it; ``negotiated`` if another language could have led to another."""
    is_long = len(document.body) > _MIN_BYTES
    is_compressed = is_long and accepts_gzip(request)
    response = Response(document.compressed if is_compressed else document.body, mimetype="application/json")
    response.set_etag(document.sha256)
    if is_long:
        declare_compression(response, is_compressed=is_compressed)
    # Clients may keep it but ask each time whether it has changed; if not, that costs a few bytes.
    response.cache_control.no_cache = True
    if language is not None:
        response.headers["Content-Language"] = language
    if negotiated:
        response.vary.add("Accept-Language")
    response.make_conditional(request)
    return response


def accepts_gzip(request: Request) -> bool:
    """Whether the client accepts gzip."""
    return request.accept_encodings.quality(_GZIP) > 0


def declare_compression(response: Response, *, is_compressed: bool) -> None:
    """Mark an answer that exists plain and compressed; the latter depends on zlib's version, so its ETag is weak."""
    response.vary.add("Accept-Encoding")
    tag, _ = response.get_etag()
    if is_compressed and tag is not None:
        response.content_encoding = _GZIP
        response.set_etag(tag, weak=True)


def respond_private(content: BaseModel, *, status: int = 200, language: str | None = None) -> Response:
    """Send an answer that no cache may keep, so that it need not say what it varies by."""
    response = Response(content.model_dump_json(), status, mimetype="application/json")
    response.cache_control.no_store = True
    if language is not None:
        response.headers["Content-Language"] = language
    return response


def private_file(data: bytes | str | Iterable[bytes], media_type: str, *, name: str | None = None) -> Response:
    """Send a file that no cache may store; a browser saves it under ``name`` if there is one."""
    response = Response(data, mimetype=media_type)
    response.cache_control.no_store = True
    if name is not None:
        response.headers["Content-Disposition"] = (
            f'attachment; filename="{name}"' if name.isascii() else f"attachment; filename*=UTF-8''{quote(name)}"
        )
    return response
