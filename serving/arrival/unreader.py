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

    def chunk(self, size_hint: int | None = None) -> bytes:  # noqa: ARG002
        """The next piece; at the end nothing, as if the sender had closed the connection."""
        if self._whole.pieces:
            return self._whole.pieces.popleft()
        if self._whole.failure is not None:
            raise self._whole.failure
        return b""

    def take_rest(self) -> bytes:
        """What has already come of the next request."""
        rest: bytes = self.take_buffered() + b"".join(self._whole.pieces)
        self._whole = Whole.nothing()
        return rest
