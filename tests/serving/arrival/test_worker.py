"""Slow, broken and greedy senders against a real server that has far fewer threads than there are of them."""

import http.client
import json
import re
import select
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from serving.arrival.worker import HEAD_TIMEOUT_S, HELD_REQUESTS
from tests.pictures import PictureFactory
from tests.serving.live import Server, serve

MIB = 1024 * 1024
UPLOAD_TIMEOUT_S = 5
TOKEN = "metrics-of-the-tests"  # noqa: S105 - of a server that lives for seconds
POST = b"POST /v1/diagnoses HTTP/1.1\r\nHost: majani\r\nContent-Type: image/jpeg\r\n"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "server.log"


@pytest.fixture(scope="module")
def server(tiny_bundle_dir: Path, log: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One process with 24 threads."""
    kept = tmp_path_factory.mktemp("kept")
    with serve(
        tiny_bundle_dir,
        log=log,
        max_waiting=8,
        upload_timeout_s=UPLOAD_TIMEOUT_S,
        max_request_bytes=MIB,
        metrics_token=TOKEN,
        database_url=f"sqlite:///{kept / 'majani.sqlite3'}",
        photos_url=kept / "photos",
    ) as running:
        yield running


def connect(server: Server, *sent: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    for data in sent:
        connection.sendall(data)
    return connection


def answer_on(connection: socket.socket) -> tuple[int, Any]:
    response = http.client.HTTPResponse(connection)
    response.begin()
    body = response.read()
    return response.status, json.loads(body)


def get(server: Server, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, body


def unfinished(server: Server, reason: str) -> float:
    found = re.search(rf'majani_unfinished_requests_total{{reason="{reason}"}} (\S+)', get(server, "/metrics")[1])
    return float(found[1]) if found else 0


def drip(connections: Sequence[socket.socket]) -> None:
    for connection in connections:
        # It may have been cut already.
        with suppress(OSError):
            connection.send(b"x")


def test_slow_senders_keep_nobody_waiting_and_are_cut(server: Server, pictures: PictureFactory) -> None:
    photo = pictures.red()
    with ExitStack() as stack:
        heads = [stack.enter_context(connect(server, b"GET / HTTP/1.1\r\nX-Slow: ")) for _ in range(40)]
        bodies = [stack.enter_context(connect(server, POST + b"Content-Length: 5000\r\n\r\n")) for _ in range(40)]
        began = time.monotonic()
        waits = []
        while time.monotonic() - began < UPLOAD_TIMEOUT_S - 1:
            drip([*heads, *bodies])
            asked = time.monotonic()
            with connect(server, POST + f"Content-Length: {len(photo)}\r\n\r\n".encode(), photo) as connection:
                assert answer_on(connection)[0] == 201
            waits.append(time.monotonic() - asked)
            time.sleep(0.1)
        assert max(waits) < 1.5

        answers = [answer_on(body) for body in bodies]
        assert {(status, problem["code"]) for status, problem in answers} == {(408, "request_timeout")}
        assert UPLOAD_TIMEOUT_S <= time.monotonic() - began < UPLOAD_TIMEOUT_S + 2
        # Still sending, so each would have to be cut by somebody who watches the whole.
        while time.monotonic() - began < HEAD_TIMEOUT_S + 1.5:
            drip(heads)
            time.sleep(0.2)
        assert [is_closed(head) for head in heads] == [True] * 40
    assert unfinished(server, "head_too_slow") == 40


def is_closed(connection: socket.socket) -> bool:
    readable, _, _ = select.select([connection], [], [], 0)
    try:
        return bool(readable) and connection.recv(1000) == b""
    except ConnectionError:
        return True


def test_hanging_up_is_no_failure_of_the_server(server: Server, log: Path) -> None:
    before = unfinished(server, "hung_up")
    for sent in (
        b"GET /heal",
        POST + b"Content-Length: 5000\r\n\r\nbegun",
        POST + b"Transfer-Encoding: chunked\r\n\r\n5",
    ):
        connect(server, sent).close()
    deadline = time.monotonic() + 30
    while unfinished(server, "hung_up") < before + 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert unfinished(server, "hung_up") == before + 3
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line for line in lines if line["level"] in ("error", "critical") or "exception" in line] == []


def test_closing_without_a_word_counts_as_nothing(server: Server) -> None:
    before = unfinished(server, "hung_up")
    connect(server).close()
    assert unfinished(server, "hung_up") == before


def test_who_leaves_while_the_answer_is_sent_is_no_failure_either(server: Server, log: Path) -> None:
    for _ in range(5):
        connection = connect(server, b"GET /openapi.json HTTP/1.1\r\nHost: majani\r\n\r\n")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    assert get(server, "/healthz")[0] == 200
    assert "Traceback" not in log.read_text()


def test_memory_for_arriving_photos_is_bounded(server: Server, pictures: PictureFactory) -> None:
    half_sent = POST + f"Content-Length: {MIB}\r\n\r\n".encode()
    count = HELD_REQUESTS + 2
    with ExitStack() as stack:
        held = [stack.enter_context(connect(server, half_sent, bytes(MIB - 1000))) for _ in range(count)]
        time.sleep(0.5)
        # Who sends as much as anybody does is let through.
        photo = pictures.red()
        with connect(server, POST + f"Content-Length: {len(photo)}\r\n\r\n".encode(), photo[:2000]) as connection:
            time.sleep(0.2)
            connection.sendall(photo[2000:])
            assert answer_on(connection)[0] == 201
        for connection in held:
            connection.sendall(bytes(1000))
        codes = [answer_on(connection)[1]["code"] for connection in held]
    assert set(codes) == {"busy", "photo_unsupported"}
    assert 1 <= codes.count("photo_unsupported") <= HELD_REQUESTS
    # There is room again.
    with connect(server, half_sent, bytes(MIB)) as connection:
        assert answer_on(connection)[1]["code"] == "photo_unsupported"


def test_requests_sent_together_are_answered_in_order(server: Server, pictures: PictureFactory) -> None:
    photo = pictures.red()
    healthy = b"GET /healthz HTTP/1.1\r\nHost: majani\r\n\r\n"
    case = POST + f"Content-Length: {len(photo)}\r\n\r\n".encode() + photo
    # Read from one file: answers may arrive together as well.
    with connect(server, healthy + case + healthy) as connection, connection.makefile("rb") as answers:
        assert [next_status(answers) for _ in range(3)] == [200, 201, 200]


def next_status(answers: BinaryIO) -> int:
    status = int(answers.readline().split()[1])
    answers.read(int(http.client.parse_headers(answers)["Content-Length"]))
    return status


def test_who_asks_first_is_told_to_send(server: Server, pictures: PictureFactory) -> None:
    photo = pictures.red()
    head = POST + f"Expect: 100-continue\r\nContent-Length: {len(photo)}\r\n\r\n".encode()
    with connect(server, head) as connection:
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(photo)
        assert answer_on(connection)[0] == 201


def test_who_asks_first_learns_that_it_is_too_much(server: Server) -> None:
    with connect(server, POST + b"Expect: 100-continue\r\nContent-Length: 5000000\r\n\r\n") as connection:
        assert answer_on(connection)[1]["code"] == "request_too_large"


def test_no_request_hides_in_a_body(server: Server) -> None:
    hidden = b"GET /healthz HTTP/1.1\r\nHost: majani\r\n\r\n"
    # As long a number as a proxy and gunicorn read.
    with connect(server, POST + f"Content-Length: {len(hidden):026}\r\n\r\n".encode()) as connection:
        time.sleep(0.3)
        connection.sendall(hidden + b"GET /healthz HTTP/1.1\r\nHost: majani\r\nConnection: close\r\n\r\n")
        received = b""
        while data := connection.recv(10_000):
            received += data
    assert received.count(b"HTTP/1.1 ") == 2


def test_body_of_tiny_chunks_is_refused(server: Server) -> None:
    with connect(server, POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 30_000) as connection:
        assert answer_on(connection)[1]["code"] == "request_malformed"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"what is this\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"GET /\x80 HTTP/1.1\r\n\r\n", 400),
    ],
    ids=["no request", "two lengths", "no address"],
)
def test_what_is_no_http_is_refused(server: Server, sent: bytes, status: int) -> None:
    with connect(server, sent) as connection:
        assert connection.recv(1000).startswith(f"HTTP/1.1 {status} ".encode())


def test_somebody_who_never_closes_keeps_nobody_waiting(server: Server) -> None:
    began = time.monotonic()
    closing = b"GET /healthz HTTP/1.1\r\nHost: majani\r\nConnection: close\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(10):
            connection = stack.enter_context(connect(server, closing))
            assert answer_on(connection)[0] == 200
        assert get(server, "/healthz")[0] == 200
    assert time.monotonic() - began < 2
