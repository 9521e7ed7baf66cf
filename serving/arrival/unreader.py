"""What gunicorn's parser reads from, once a request is there."""

import socket

from gunicorn.http.unreader import Unreader

from serving.arrival.arrival import Whole


class CollectedUnreader(Unreader):  # type: ignore[misc]
    """Gives what has arrived, and never waits for more.

    Attributes:
        sock: gunicorn looks for it.
    """

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self.sock = sock
        self._whole = Whole.nothing()

    @property
    def is_broken(self) -> bool:
        """Whether the body did not arrive as it should have, so that nothing after it can be trusted."""
        return self._whole.failure is not None

    def hold(self, whole: Whole) -> None:
        """Have this read next."""
        self._whole = whole

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next piece, or part of it; at the end nothing, as if the sender had closed the connection."""
        pieces = self._whole.pieces
        if not pieces:
            if self._whole.failure is not None:
                raise self._whole.failure
            return b""
        first = pieces.popleft()
        if size_hint is not None and size_hint < len(first):
            pieces.appendleft(first[size_hint:])
            first = first[:size_hint]
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
