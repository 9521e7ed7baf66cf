"""One request on its way in, collected until it is whole."""

import re
from collections import deque
from dataclasses import dataclass
from typing import Self

from serving.arrival.framing import Body, MeasuredBody, body_of, declared_bytes
from serving.http.errors import RequestCode, RequestError

# A browser's has about 2 kB.
MAX_HEAD_BYTES = 64 * 1024
# Twenty photos of 6 MB, which somebody may well choose by mistake.
MAX_DISCARDED_BYTES = 128 * 1024 * 1024

_END_OF_HEAD = b"\r\n\r\n"
# Behind another line, so never in place of the request line: what goes on must be the request that came.
_EXPECT = re.compile(rb"(?<=[^\n]\r\n)expect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
# It would take the permission to go on for the answer.
_HTTP_1_0 = re.compile(rb"(?:\r\n)?[^\r\n]* HTTP/1\.0\r\n")
# Smaller ones are joined, or a sender of single bytes would take fifty times as much memory as it sends; larger ones
# are kept as they came, because copying a photo once more takes longer than checking a token.
_PIECE_BYTES = 16 * 1024
# Whoever sends one byte per chunk gains nothing by it.
_CHUNKS_FACTOR = 1.125


@dataclass(frozen=True)
class Whole:
    """What is handed over to be read.

    Attributes:
        pieces: The request, in order; may go on with the beginning of the next one.
        failure: To be raised once ``pieces`` are read, if the body did not arrive as it should have.
        body_bytes: Size of the body as it was counted; None if it came in chunks.
    """

    pieces: deque[memoryview]
    failure: RequestError | None = None
    body_bytes: int | None = None

    @classmethod
    def nothing(cls) -> Self:
        """Before anything has arrived."""
        return cls(deque())


class Arrival:
    """Collects one request.

    Attributes:
        held_bytes: What is kept of it in memory.
        has_head: Whether it is known what is asked, so that an answer can be given.
        is_over: Whether there is nothing more to wait for.
        is_awaited: Whether the sender wants to be told that it may go on.
    """

    def __init__(self, *, max_body_bytes: int) -> None:
        self.held_bytes = 0
        self.has_head = False
        self.is_over = False
        self.is_awaited = False
        self._max_body_bytes = max_body_bytes
        self._head = bytearray()
        self._pieces: list[bytes | bytearray] = []
        self._body: Body | None = None
        self._body_bytes = 0
        self._failure: RequestError | None = None

    @property
    def is_refused(self) -> bool:
        """Whether what still arrives is discarded."""
        return self._failure is not None

    @property
    def is_hopeless(self) -> bool:
        """Whether the head is longer than any that somebody would read."""
        return not self.has_head and self.held_bytes > MAX_HEAD_BYTES

    def feed(self, data: bytes) -> None:
        """Take the next bytes from the sender."""
        if self._body is None:
            self._take_head(data)
        else:
            self._take_body(self._body, data)

    def refuse(self, failure: RequestError) -> None:
        """Forget the body, and discard what still arrives of it."""
        self._failure = failure
        self._pieces.clear()
        self.held_bytes = len(self._head)

    def end(self) -> Whole:
        """What there is of it."""
        pieces = deque(memoryview(piece) for piece in (self._head, *self._pieces) if piece)
        return Whole(pieces, self._failure, self._body.size_bytes if self._body else None)

    def _take_head(self, data: bytes) -> None:
        """Collect until the head is complete; what follows it begins the body."""
        head = self._head
        searched = max(0, len(head) - len(_END_OF_HEAD))
        head += data
        self.held_bytes = len(head)
        end = head.find(_END_OF_HEAD, searched)
        if end < 0:
            return
        end += len(_END_OF_HEAD)
        rest = bytes(head[end:])
        # Dealt with here, so gunicorn must not do it once more.
        text, expectations = _EXPECT.subn(b"", bytes(head[:end]))
        self._head = bytearray(text)
        self.held_bytes = len(text)
        self.has_head = True
        body = self._begin_body(text, is_awaited=expectations > 0 and _HTTP_1_0.match(text) is None)
        if rest:
            self._take_body(body, rest)

    def _begin_body(self, head: bytes, *, is_awaited: bool) -> Body:
        try:
            self._body = body = body_of(head)
        except ValueError:
            self._body = body = MeasuredBody(0)
            self._refuse_malformed("the length of the body cannot be read")
            return body
        self.is_over = body.is_ended
        if declared_bytes(head) > self._max_body_bytes:
            self.refuse(self._too_large())
            # Whoever asks before sending is told at once; others only listen when they have sent everything.
            self.is_over = is_awaited
        else:
            self.is_awaited = is_awaited and not self.is_over
        return body

    def _take_body(self, body: Body, data: bytes) -> None:
        if not body.is_ended:
            self._count(body, data)
        if self._failure is not None:
            return
        self.held_bytes += len(data)
        last = self._pieces[-1] if self._pieces else b""
        if len(data) >= _PIECE_BYTES:
            self._pieces.append(data)
        elif isinstance(last, bytearray) and len(last) < _PIECE_BYTES:
            last += data
        else:
            self._pieces.append(bytearray(data))

    def _count(self, body: Body, data: bytes) -> None:
        self._body_bytes += len(data)
        try:
            body.feed(data)
        except ValueError:
            self._refuse_malformed("the chunks of the body cannot be told apart, or are far too small")
            return
        self.is_over = body.is_ended or self._body_bytes > MAX_DISCARDED_BYTES
        # Whoever reads the body counts without the lengths of chunks.
        if self._failure is None and self._body_bytes > self._max_body_bytes * _CHUNKS_FACTOR and not body.is_ended:
            self.refuse(self._too_large())

    def _refuse_malformed(self, why: str) -> None:
        self.refuse(RequestError(RequestCode.REQUEST_MALFORMED, why))
        # Nobody knows where it would end.
        self.is_over = True

    def _too_large(self) -> RequestError:
        return RequestError(RequestCode.REQUEST_TOO_LARGE, f"a request's body has at most {self._max_body_bytes} bytes")
