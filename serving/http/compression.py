"""Files and documents go out compressed to whoever can unpack them: over a bad network that saves most of the waiting.

Only what is the same for everybody. Compressed together with words of a stranger's choice, a secret would show in the
length of the answer.
"""

import gzip

from flask import Request, Response

# What is shorter goes into one packet anyway.
MIN_BYTES = 1024
# The highest, 9, takes up to four times as long for 4 % less.
_LEVEL = 6
_GZIP = "gzip"


def compress(body: bytes) -> bytes:
    """Compress; the same bytes in, the same bytes out, whatever the time."""
    return gzip.compress(body, _LEVEL, mtime=0)


def accepts_gzip(request: Request) -> bool:
    """Whether whoever asks says that they can unpack it."""
    return request.accept_encodings.quality(_GZIP) > 0


def declare(response: Response, *, is_compressed: bool) -> None:
    """Say that an answer exists in two forms, and which one this is.

    The compressed one gets a weak ETag: a strong one means the same bytes, and these depend on the version of zlib.

    Args:
        response: With its ETag, which becomes weak if it is compressed.
        is_compressed: Whether its body is.
    """
    response.vary.add("Accept-Encoding")
    tag, _ = response.get_etag()
    if is_compressed and tag is not None:
        response.content_encoding = _GZIP
        response.set_etag(tag, weak=True)
