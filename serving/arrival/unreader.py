"""What gunicorn's parser reads from, once a request is there."""

import socket

from gunicorn.http.unreader import Unreader

from serving.arrival.arrival import Whole

# As gunicorn reads when it looks for the end of a line; it copies all that follows the line several times.
_LINE_PIECE_BYTES = 8 * 1024


class CollectedUnreader(Unreader):  # type: ignore[misc]
    """Gives what has arrived, and never waits for more.

    Attributes:
        sock: gunicorn looks for it.
    """

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self.sock = sock
        self._whole = Whole.nothing()
        self._has_run_out = False

    @property
    def is_broken(self) -> bool:
        """Whether the body did not arrive as it should have, so that nothing after it can be trusted."""
        return self._has_run_out or self._whole.failure is not None

    @property
    def body_bytes(self) -> int | None:
        """Size of the body as it was counted; None if it came in chunks."""
        return self._whole.body_bytes

    def hold(self, whole: Whole) -> None:
        """Have this read next."""
        self._whole = whole
        self._has_run_out = False

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next piece, or part of it; at the end nothing, as if the sender had closed the connection."""
        pieces = self._whole.pieces
        if not pieces:
            if self._whole.failure is not None:
                raise self._whole.failure
            self._has_run_out = True
            return b""
        first = pieces.popleft()
        most_bytes = _LINE_PIECE_BYTES if size_hint is None else size_hint
        if most_bytes < len(first):
            pieces.appendleft(first[most_bytes:])
            first = first[:most_bytes]
        return bytes(first)

    def read(self, size: int | None = None, read_ahead: int | None = None) -> bytes:
        """As gunicorn does, which copies all that is left of a piece each time, and so a photo five times over."""
        if size is None or size <= 0 or self.buf.getbuffer().nbytes > 0:
            read: bytes = super().read(size, read_ahead)
            return read
        parts: list[bytes] = []
        missing = size
        while missing > 0 and (part := self.chunk(missing)):
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def take_rest(self) -> bytes:
        """What has already come of the next request."""
        rest: bytes = self.take_buffered() + b"".join(self._whole.pieces)
        self._whole = Whole.nothing()
        return rest
