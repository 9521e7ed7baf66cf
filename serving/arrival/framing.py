"""Where the body of a request ends; gunicorn reads it afterwards, and refuses what is wrong with it."""

import re
from typing import Protocol

_LENGTH_LINE = re.compile(rb"^content-length:(.*)$", re.IGNORECASE | re.MULTILINE)
# gunicorn reads any number of digits, and so must this: as far as a length can be meant, and no further.
_LENGTH = re.compile(rb"[ \t]*0*([0-9]{1,18})[ \t]*\r")
_ENCODING = re.compile(rb"^transfer-encoding:", re.IGNORECASE | re.MULTILINE)
# Far more than the length of a chunk takes, or a trailer.
_MAX_LINE_BYTES = 8 * 1024
# A line takes as much work as kilobytes of a photo do, so there must be few. Browsers and libraries send chunks of
# kilobytes.
_FREE_LINES_BYTES = 64 * 1024
_DATA_PER_LINES = 8


class Body(Protocol):
    """Counts the bytes of a body.

    Attributes:
        is_ended: Whether nothing more belongs to it.
        size_bytes: Its size, if that was declared.
    """

    is_ended: bool
    size_bytes: int | None

    def feed(self, data: bytes) -> None:
        """Count the next bytes.

        Raises:
            ValueError: If they cannot be part of such a body.
        """


class MeasuredBody:
    """A body whose length was declared."""

    size_bytes: int | None

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self._left_bytes = size_bytes
        self.is_ended = size_bytes == 0

    def feed(self, data: bytes) -> None:
        """Count the next bytes."""
        self._left_bytes -= len(data)
        self.is_ended = self._left_bytes <= 0


class ChunkedBody:
    """A body in chunks, each with its length before it; the last one has none, and trailers may follow it."""

    size_bytes: int | None = None

    def __init__(self) -> None:
        self.is_ended = False
        self._line = bytearray()
        self._lines_bytes = 0
        self._data_bytes = 0
        self._chunk_left_bytes = 0
        self._has_trailers = False

    def feed(self, data: bytes) -> None:
        """Count the next bytes.

        Raises:
            ValueError: If a length cannot be read, or there is little else than lengths.
        """
        position = 0
        while position < len(data) and not self.is_ended:
            skipped = min(self._chunk_left_bytes, len(data) - position)
            self._chunk_left_bytes -= skipped
            self._data_bytes += skipped
            position += skipped
            if position < len(data):
                position = self._read_line(data, position)

    def _read_line(self, data: bytes, start: int) -> int:
        end = data.find(b"\n", start) + 1
        after = end or len(data)
        self._line += data[start:after]
        self._lines_bytes += after - start
        if len(self._line) > _MAX_LINE_BYTES:
            raise ValueError("a line between chunks is too long")
        if self._lines_bytes > _FREE_LINES_BYTES + self._data_bytes // _DATA_PER_LINES:
            raise ValueError("the chunks are too small")
        if end:
            self._understand(bytes(self._line).strip())
            self._line.clear()
        return after

    def _understand(self, line: bytes) -> None:
        if self._has_trailers:
            self.is_ended = not line
            return
        size_bytes = int(line.split(b";")[0], 16)
        self._has_trailers = size_bytes == 0
        # The line break after a chunk goes with it.
        self._chunk_left_bytes = size_bytes + 2 if size_bytes > 0 else 0


def declared_bytes(head: bytes) -> int:
    """The length that a head declares for its body; 0 if it declares none.

    Raises:
        ValueError: If it declares something that is no length.
    """
    line = _LENGTH_LINE.search(head)
    if line is None:
        return 0
    length = _LENGTH.fullmatch(line[1])
    if length is None:
        raise ValueError("the length of the body cannot be read")
    return int(length[1])


def body_of(head: bytes) -> Body:
    """The body that has to follow ``head``.

    Raises:
        ValueError: If a length is declared that is none.
    """
    size_bytes = declared_bytes(head)
    return ChunkedBody() if _ENCODING.search(head) else MeasuredBody(size_bytes)
