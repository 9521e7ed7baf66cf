"""Whether a connection goes on after a request, and what is kept of it then."""

import gc
import socket
import weakref
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from gunicorn import http
from gunicorn.workers.gthread import TConn

from serving.arrival.arrival import Whole
from serving.arrival.unreader import CollectedUnreader
from serving.arrival.worker import PatientWorker

ADDRESS = ("127.0.0.1", 1)


@pytest.fixture
def conn(worker: PatientWorker) -> Iterator[TConn]:
    here, there = socket.socketpair()
    with here, there:
        conn = TConn(worker.cfg, here, ADDRESS, ADDRESS)
        conn.data_ready = True
        conn.parser = http.get_parser(worker.cfg, here, ADDRESS)
        conn.parser.unreader = CollectedUnreader(here)
        yield conn


@pytest.mark.parametrize(
    ("fields", "body", "body_bytes", "goes_on"),
    [
        (b"Content-Length: 5", b"photo", 5, True),
        (b"Transfer-Encoding: chunked", b"5\r\nphoto\r\n0\r\n\r\n", None, True),
        (b"Content-Length: 5", b"photo", 0, False),
        (b"Content-Length: 5", b"photo", None, False),
        (b"Content-Length: 50", b"photo", 50, False),
    ],
    ids=["counted alike", "chunks", "counted differently", "taken for chunks", "ends early"],
)
def test_connection_goes_on_only_after_a_clear_end(
    worker: PatientWorker, conn: TConn, fields: bytes, body: bytes, body_bytes: int | None, goes_on: bool
) -> None:
    head = b"POST / HTTP/1.1\r\nHost: majani\r\n" + fields + b"\r\n\r\n"
    conn.parser.unreader.hold(Whole(deque([memoryview(head + body)]), body_bytes=body_bytes))
    assert worker.handle(conn) is goes_on


def test_what_a_request_took_is_free_before_the_sender_has_left(worker: PatientWorker, conn: TConn) -> None:
    unreader = weakref.ref(conn.parser.unreader)
    answered: Future[bool] = Future()
    answered.set_result(False)
    worker.nr_conns = 1
    worker.finish_request(conn, answered)
    gc.collect()
    assert worker.nr_conns == 1
    assert unreader() is None
