"""Clients that cost little: requests made beforehand, plain sockets kept open, one thread for each client.

The load shares the cores with the service, so what it costs is measured and reported with every result.
"""

import socket
import struct
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse

from benchmarks.harness.asking import form, written

_TIMEOUT_S = 60
# What may come instead of an answer.
BROKEN = (OSError, HTTPException)


@dataclass(frozen=True)
class Answer:
    """An answer as far as the load needs it."""

    status: int
    body: bytes

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


@dataclass
class Tally:
    """What a number of clients saw."""

    latencies_s: list[float] = field(default_factory=list)  # Of answers 2xx, first byte sent to last received
    failures: list[str] = field(default_factory=list)  # One line for each request with another end
    elapsed_s: float = 0.0  # From the first request to the last answer
    load_cpu_s: float = 0.0  # CPU time of the load itself

    @property
    def photos_per_s(self) -> float:
        return len(self.latencies_s) / self.elapsed_s


def form_request(path: str, photo: bytes, *, headers: Sequence[str] = ()) -> bytes:
    body, media_type = form(photo)
    return written("POST", path, body, media_type, *headers)


def raw_request(path: str, photo: bytes, *, headers: Sequence[str] = ()) -> bytes:
    return written("POST", path, photo, "Content-Type: image/jpeg", *headers)


class Connection:
    """One client's connection, opened when it is needed and again when the server has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self, request: bytes) -> Answer:
        if self._socket is None:
            self._socket = _connect(self._port)
        try:
            self._socket.sendall(request)
            with HTTPResponse(self._socket) as response:
                response.begin()
                answer = Answer(response.status, response.read())
        except BROKEN:
            self.close()
            raise
        if response.will_close:
            self.close()
        return answer

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _connect(port: int) -> socket.socket:
    connected = socket.create_connection(("127.0.0.1", port))
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Of the kernel; Python's own timeout would ask for readiness before every call.
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        connected.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", _TIMEOUT_S, 0))
    return connected


def load(port: int, requests: Sequence[bytes], *, clients: int, seconds: float) -> Tally:
    """Let clients ask, each as soon as it has its answer.

    All begin together; after ``seconds`` each one still waits for its last answer, which counts.
    """
    tally = Tally()
    begin = threading.Barrier(clients + 1)

    def ask_on(client: int) -> None:
        connection = Connection(port)
        begin.wait()
        end = time.monotonic() + seconds
        turn = client
        while time.monotonic() < end:
            _ask_once(connection, requests[turn % len(requests)], tally)
            turn += 1
        connection.close()

    threads = [threading.Thread(target=ask_on, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    begin.wait()
    begun, cpu_before_s = time.monotonic(), time.process_time()
    for thread in threads:
        thread.join()
    tally.elapsed_s, tally.load_cpu_s = time.monotonic() - begun, time.process_time() - cpu_before_s
    return tally


def _ask_once(connection: Connection, request: bytes, tally: Tally) -> None:
    sent = time.perf_counter()
    try:
        answer = connection.ask(request)
    except BROKEN as error:
        tally.failures.append(f"{type(error).__name__}: {error}")
        return
    if answer.is_good:
        tally.latencies_s.append(time.perf_counter() - sent)
    else:
        tally.failures.append(f"{answer.status}: {answer.body[:200]!r}")
