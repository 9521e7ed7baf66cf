"""A wire to a server of this machine that can be cut or left silent, while the server keeps what it knows."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum

_CHUNK_BYTES = 64 * 1024


class State(StrEnum):
    """What a wire does: carry on, refuse connections and cut those there are, or take everything and carry nothing."""

    WHOLE = "whole"
    CUT = "cut"
    SILENT = "silent"


class Wire:
    """Forwards TCP connections; to be closed by :func:`lay`."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._state = State.WHOLE
        self._connections: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def become(self, state: State) -> None:
        """Change; only silence leaves connections open, and what was said meanwhile is lost with them afterwards."""
        before, self._state = self._state, state
        if state is State.CUT:
            self._stop_listening()
        if state is not State.SILENT:
            for connection in list(self._connections):
                _close(connection)
        if before is State.CUT and state is not State.CUT:
            self._listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _stop_listening(self) -> None:
        # Closing alone would leave the thread that accepts connections waiting, and the port open.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            self._connections.add(near)
            if self._state is State.WHOLE:
                self._join(near)

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._target_port))
        except OSError:
            _close(near)
            return
        self._connections.add(far)
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK_BYTES):
                if self._state is State.WHOLE:
                    target.sendall(data)
        for connection in (source, target):
            _close(connection)
            self._connections.discard(connection)


@contextmanager
def lay(target_port: int) -> Iterator[Wire]:
    wire = Wire(target_port)
    try:
        yield wire
    finally:
        wire.become(State.CUT)


def _close(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
