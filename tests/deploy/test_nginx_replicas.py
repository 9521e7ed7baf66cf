"""The deployed configuration of nginx: what is passed on to another replica and what is not, and what stays private."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, repeat
from pathlib import Path
from typing import NamedTuple

import pytest

from benchmarks.harness.nginx import REPLICAS, Nginx, run_nginx
from benchmarks.harness.port import free_port
from tests.absence import needing_what_may_be_absent
from tests.deploy.test_nginx import CASES, ask
from tests.http_server import running

KEY = {"Idempotency-Key": "a-key-of-a-phone-that-asks"}
Front = Callable[..., Nginx]
Answer = tuple[int, bytes] | None
GOOD, BUSY, BROKEN_OFF = (201, b"kept"), (503, b"its own words"), None


class Asked(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes


class Replica(ThreadingHTTPServer):
    """A made-up one, which notes what it is asked and gives its next answer; None hangs up when the request is read."""

    def __init__(self, answers: Iterator[Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.asked: list[Asked] = []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Replica

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.asked.append(Asked(self.path, dict(self.headers.items()), body))
        answer = next(self.server.answers)
        self.close_connection = True
        if answer is not None:
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1])

    do_GET = do_POST = handle_any  # noqa: N815 - names of the base class

    def log_message(self, *_: object) -> None:
        """Write no log."""


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    """``front(8001, 8002)`` starts nginx before these ports."""
    with needing_what_may_be_absent(), ExitStack() as stack:
        yield lambda *replicas: stack.enter_context(run_nginx(REPLICAS, replicas, tmp_path / "nginx"))


@pytest.mark.parametrize(
    ("method", "path", "headers", "asked"),
    [
        pytest.param("POST", f"{CASES}?crop=bean&consent=photos", KEY, 2, id="case with a key"),
        pytest.param("POST", CASES, {}, 1, id="case without a key"),
        pytest.param("POST", "/", KEY, 1, id="form of the page"),
        pytest.param("GET", "/v1/model", {}, 2, id="question"),
    ],
)
def test_request_that_breaks_off(method: str, path: str, headers: dict[str, str], asked: int, front: Front) -> None:
    """What is kept once however often it comes is passed on; a case without a key might be kept twice."""
    answers = chain([BROKEN_OFF], repeat(GOOD))
    with running(Replica(answers)) as one, running(Replica(answers)) as other:
        answer, content = ask(front(one.server_port, other.server_port), method, path, b"photo", **headers)
        # Each at another replica.
        assert sorted([len(one.asked), len(other.asked)]) == [asked - 1, 1]
        assert {(request.path, request.body) for request in (*one.asked, *other.asked)} == {(path, b"photo")}
    if asked == 2:
        assert (answer.status, content) == GOOD
    else:
        assert answer.status == 503


@pytest.mark.parametrize("headers", [KEY, {}], ids=["with a key", "without a key"])
def test_replica_that_is_gone_costs_nobody_a_case(headers: dict[str, str], front: Front) -> None:
    with running(Replica(repeat(GOOD))) as other:
        proxy = front(free_port(), other.server_port)
        assert [ask(proxy, "POST", CASES, b"photo", **headers)[0].status for _ in range(12)] == [201] * 12
        assert len(other.asked) == 12


@pytest.mark.parametrize("is_gone", [False, True], ids=["broken off", "gone"])
def test_nobody_answers(is_gone: bool, front: Front) -> None:
    """Programs are told to send the same again, in the API's words."""
    with running(Replica(repeat(BROKEN_OFF))) as one, running(Replica(repeat(BROKEN_OFF))) as other:
        ports = (free_port(), free_port()) if is_gone else (one.server_port, other.server_port)
        answer, content = ask(front(*ports), "POST", CASES, b"photo", **KEY)
    assert (answer.status, json.loads(content)["code"]) == (503, "busy")
    assert (answer.headers["Content-Type"], answer.headers["Retry-After"]) == ("application/problem+json", "5")


def test_busy_replica_speaks_for_itself(front: Front) -> None:
    with running(Replica(repeat(BUSY))) as one, running(Replica(repeat(BUSY))) as other:
        answer, content = ask(front(one.server_port, other.server_port), "POST", CASES, b"photo", **KEY)
        assert (answer.status, content) == BUSY
        assert len(one.asked) + len(other.asked) == 1


def test_replica_is_told_who_asks_and_metrics_are_asked_of_each_replica(front: Front) -> None:
    claimed = {"X_Forwarded_For": "192.0.2.1", "X_Request_Id": "of-the-phone", "X_Forwarded_Proto": "https"}
    with running(Replica(repeat(GOOD))) as one, running(Replica(repeat(GOOD))) as other:
        proxy = front(one.server_port, other.server_port)
        assert ask(proxy, "GET", "/metrics")[0].status == 404
        ask(proxy, "GET", "/v1/model", Host="majani.example", **claimed)
        [request] = one.asked + other.asked
    assert request.path == "/v1/model"
    assert request.headers["X-Forwarded-For"] == "192.0.2.1, 127.0.0.1"
    assert request.headers["X-Forwarded-Proto"] == "http"
    assert request.headers["Host"] == "majani.example"
    assert re.fullmatch("[0-9a-f]{32}", request.headers["X-Request-Id"])


def test_log_has_neither_address_nor_path(front: Front) -> None:
    with running(Replica(repeat(GOOD))) as one:
        proxy = front(one.server_port, free_port())
        for method in ("GET", "POST"):
            ask(proxy, method, "/v1/diagnoses/secret-id?language=sw", User_Agent="secret-phone")
        ask(proxy, "POST", CASES, b"photo", **KEY)
    ids = {request.headers["X-Request-Id"] for request in one.asked}
    proxy.stop()
    log = proxy.log.read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    assert {line["request_id"] for line in lines} == ids
    assert sorted((line["method"], line["status"]) for line in lines) == [("GET", 201), ("POST", 201), ("POST", 201)]
    assert not re.search(r"secret|diagnoses|language|127\.0\.0\.1(?!:)", log)
