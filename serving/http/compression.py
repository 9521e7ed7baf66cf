"""Compresses files and documents for clients that accept gzip, which saves most of the waiting on a bad network.

Only for answers that are the same for every client. If a secret is compressed together with text that a stranger chose,
the length of the answer gives it away.
"""

from flask import Request, Response

# A shorter body fits into one packet anyway.
MIN_BYTES = 1024
_GZIP = "gzip"


def accepts_gzip(request: Request) -> bool:
    """Whether the client accepts gzip."""
    return request.accept_encodings.quality(_GZIP) > 0


def declare(response: Response, *, is_compressed: bool) -> None:
    """Mark an answer that exists plain and compressed.

    The compressed one gets a weak ETag: a strong one means the same bytes, and these depend on the version of zlib.
    """
    response.vary.add("Accept-Encoding")
    tag, _ = response.get_etag()
    if is_compressed and tag is not None:
        response.content_encoding = _GZIP
        response.set_etag(tag, weak=True)
