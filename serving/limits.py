"""What one request may cost: its size is a setting, the rest is fixed here."""

from io import BytesIO
from typing import IO

from flask import Request
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import get_input_stream

# Five photos, an empty input and a few fields; enough to say "too many photos" instead of "too large".
MAX_FORM_PARTS = 32
# Twenty photos of 6 MB, which somebody may well choose by mistake.
MAX_DRAINED_BYTES = 128 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024


class MemoryRequest(Request):
    """A request whose files stay in memory.

    By default larger ones pass through a temporary file. A photo that nobody agreed to keep should not touch a disk,
    and the size of a request is bounded anyway.
    """

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        return BytesIO()


def let_sender_finish(request: Request) -> None:
    """Read and forget a declared body that is too large.

    A browser that is still sending when the connection closes shows an error page of its own, and nobody learns that
    fewer photos would have done. Memory is not touched, and what is read has a bound.
    """
    limit_bytes, length_bytes = request.max_content_length, request.content_length
    if limit_bytes is None or length_bytes is None or length_bytes <= limit_bytes:
        return
    stream = get_input_stream(request.environ)
    try:
        for _ in range(MAX_DRAINED_BYTES // _CHUNK_BYTES):
            if not stream.read(_CHUNK_BYTES):
                break
    except ClientDisconnected:
        return
