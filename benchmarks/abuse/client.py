"""Clients with addresses of their own, on this machine: one request each, and the others who send ordinary photos."""

import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse

from benchmarks.harness.asking import written
from benchmarks.serving_speed.summary import percentile

TIMEOUT_S = 30
# Ordinary people: so many of them that none meets its limit.
_OTHERS = 40
_PER_S = 4.0
_CREATED = 201


def address(group: int, number: int) -> str:
    """An address of this machine; groups keep attackers and others apart."""
    return f"127.{group}.{number // 250}.{number % 250 + 1}"


def connect(port: int, source: str) -> socket.socket:
    """Connect from an address."""
    return socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S, source_address=(source, 0))


def request(method: str, path: str, body: bytes = b"", *head: str) -> bytes:
    """A whole request on a connection of its own."""
    return written(method, path, body, "Connection: close", *head)


def case(photo: bytes, media_type: str = "image/jpeg") -> bytes:
    """A case of one photo."""
    return request("POST", "/v1/diagnoses?consent=photos", photo, f"Content-Type: {media_type}")


def ask(port: int, source: str, sent: bytes) -> int:
    """Send a request."""
    try:
        with connect(port, source) as connection:
            # It may be refused before all of it was sent.
            with suppress(OSError):
                connection.sendall(sent)
            # Not to the end of the connection: after a refusal nginx still waits for what the client may send.
            answer = HTTPResponse(connection, method=sent.split(b" ", 1)[0].decode())
            answer.begin()
            answer.read()
        return answer.status
    except (OSError, HTTPException):
        return 0


@dataclass
class Others:
    """People who send photos at a fixed pace, whatever the service does; ``with others:`` is as long as they do."""

    port: int
    photos: Sequence[bytes]
    latencies_s: list[float] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def asked(self) -> int:
        """Number of their cases."""
        return len(self.latencies_s) + len(self.failures)

    @property
    def success(self) -> float:
        """Share of their cases that were answered, in percent."""
        return 100 * len(self.latencies_s) / max(1, self.asked)

    @property
    def p99_s(self) -> float:
        """Of the answered ones; infinite where there are none."""
        return percentile(self.latencies_s, 99) if self.latencies_s else float("inf")

    @property
    def worst_s(self) -> float:
        """Likewise, the longest."""
        return max(self.latencies_s, default=float("inf"))

    def __enter__(self) -> "Others":
        """Begin."""
        self._pace = threading.Thread(target=self._send_all)
        self._pace.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Begin no more cases, and wait for the answers."""
        self._over.set()
        self._pace.join()
        for thread in self._threads:
            thread.join()

    def _send_all(self) -> None:
        begun, number = time.monotonic(), 0
        while not self._over.wait(max(0.0, begun + number / _PER_S - time.monotonic())):
            thread = threading.Thread(target=self._send, args=(number, begun + number / _PER_S))
            thread.start()
            self._threads.append(thread)
            number += 1

    def _send(self, number: int, due: float) -> None:
        status = ask(self.port, address(1, number % _OTHERS), case(self.photos[number % len(self.photos)]))
        if status == _CREATED:
            self.latencies_s.append(time.monotonic() - due)
        else:
            self.failures.append(status)
