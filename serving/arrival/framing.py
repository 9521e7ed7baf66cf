"""Where the body of a request ends; gunicorn reads it afterwards, and refuses what is wrong with it."""

import re
from typing import Protocol

_LENGTH = re.compile(rb"^content-length:[ \t]*([0-9]{1,18})[ \t]*\r$", re.IGNORECASE | re.MULTILINE)
_ENCODING = re.compile(rb"^transfer-encoding:", re.IGNORECASE | re.MULTILINE)
# Far more than the length of a chunk takes, or a trailer.
_MAX_LINE_BYTES = 8 * 1024


class Body(Protocol):
    """Counts the bytes of a body.

    Attributes:
        is_ended: Whether nothing more belongs to it.
    """

    is_ended: bool

    def feed(self, data: bytes) -> None:
        """Count the next bytes.

        Raises:
            ValueError: If they cannot be part of such a body.
        """


class MeasuredBody:
    """A body whose length was declared."""

    def __init__(self, size_bytes: int) -> None:
        self._left_bytes = size_bytes
        self.is_ended = size_bytes == 0

    def feed(self, data: bytes) -> None:
        """Count the next bytes."""
        self._left_bytes -= len(data)
        self.is_ended = self._left_bytes <= 0


class ChunkedBody:
    """A body in chunks, each with its length before it; the last one has none, and trailers may follow it."""

    def __init__(self) -> None:
        self.is_ended = False
        self._line = bytearray()
        self._chunk_left_bytes = 0
        self._has_trailers = False

    def feed(self, data: bytes) -> None:
        """Count the next bytes.

        Raises:
            ValueError: If a length cannot be read.
        """
        position = 0
        while position < len(data) and not self.is_ended:
            skipped = min(self._chunk_left_bytes, len(data) - position)
            self._chunk_left_bytes -= skipped
            position += skipped
            if position < len(data):
                position = self._read_line(data, position)

    def _read_line(self, data: bytes, start: int) -> int:
        end = data.find(b"\n", start) + 1
        self._line += data[start : end or len(data)]
        if len(self._line) > _MAX_LINE_BYTES:
            raise ValueError("a line between chunks is too long")
        if end:
            self._understand(bytes(self._line).strip())
            self._line.clear()
        return end or len(data)

    def _understand(self, line: bytes) -> None:
        if self._has_trailers:
            self.is_ended = not line
            return
        size_bytes = int(line.split(b";")[0], 16)
        self._has_trailers = size_bytes == 0
        # The line break after a chunk goes with it.
        self._chunk_left_bytes = size_bytes + 2 if size_bytes > 0 else 0


def declared_bytes(head: bytes) -> int:
    """The length that a head declares for its body; 0 if it declares none."""
    found = _LENGTH.search(head)
    return int(found[1]) if found else 0


def body_of(head: bytes) -> Body:
    """The body that has to follow ``head``."""
    return ChunkedBody() if _ENCODING.search(head) else MeasuredBody(declared_bytes(head))
