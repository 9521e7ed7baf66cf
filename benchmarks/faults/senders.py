"""Senders that a service has to put up with: those who hang up half way, and those who never come to an end."""

import random
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from benchmarks.faults.clients import Load
from benchmarks.harness.threads import running

# Closing then sends a reset, as a phone that lost its network and came back does.
_ABRUPTLY = struct.pack("ii", 1, 0)
_HANG_UP_PAUSE_S = 0.02
_HANG_UP_SENDERS = 2
_TRICKLE_S = 1.0


@contextmanager
def hanging_up(port: int, load: Load) -> Iterator[None]:
    """Send the first bytes of a case, as many as chance says, hang up; and now and then send the case again, whole.

    Sometimes it is all of them: then the case is kept, and only the answer is lost.
    """

    def send(stopping: threading.Event) -> None:
        while not stopping.is_set():
            case = load.new_case()
            request = load.request(case)
            count = random.choice([random.randint(1, len(request)), len(request)])  # noqa: S311 - chance is meant
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(request[:count])
                # Sometimes the service has begun to work.
                time.sleep(random.choice([0, _HANG_UP_PAUSE_S]))  # noqa: S311
                if random.random() < 0.5:  # noqa: S311
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABRUPTLY)
            if count == len(request):
                load.deliver(case)

    with running(send, _HANG_UP_SENDERS):
        yield


@contextmanager
def trickling(port: int, load: Load, connections: int) -> Iterator[None]:
    """Hold connections, half of them in the head of a request and half in its body; a byte a second comes on each."""

    def send(stopping: threading.Event) -> None:
        held = [_begin(port, load, in_body=number % 2 == 0) for number in range(connections)]
        while not stopping.wait(_TRICKLE_S):
            for number, connection in enumerate(held):
                try:
                    connection.sendall(b"x")
                # They were let go, and come again.
                except OSError:
                    connection.close()
                    held[number] = _begin(port, load, in_body=number % 2 == 0)
        for connection in held:
            connection.close()

    with running(send):
        yield


def _begin(port: int, load: Load, *, in_body: bool) -> socket.socket:
    head, _, photo = load.request(load.new_case()).partition(b"\r\n\r\n")
    connection = socket.socket()
    with suppress(OSError):
        connection.settimeout(_TRICKLE_S)
        connection.connect(("127.0.0.1", port))
        connection.sendall(head + b"\r\n\r\n" + photo[: len(photo) // 2] if in_body else head[: len(head) // 2])
    return connection
