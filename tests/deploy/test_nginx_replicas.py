"""The deployed configuration of nginx: what is passed on to another replica and what is not, and what stays private."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.harness.nginx import REPLICAS, Nginx, run_nginx
from benchmarks.harness.port import free_port
from tests.benchmarks.replicas.here import needing_what_may_be_absent
from tests.benchmarks.replicas.upstream import Asked, upstream
from tests.deploy.test_nginx import CASES, ask

KEY = {"Idempotency-Key": "a-key-of-a-phone-that-asks"}
Front = Callable[..., Nginx]


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    """``front(8001, 8002)`` starts nginx before these ports."""
    with needing_what_may_be_absent(), ExitStack() as stack:
        yield lambda *replicas: stack.enter_context(run_nginx(REPLICAS, replicas, tmp_path / "nginx"))


def good(_: Asked) -> tuple[int, bytes]:
    return 201, b"kept"


def broken_off(_: Asked) -> None:
    return None


def busy(_: Asked) -> tuple[int, bytes]:
    return 503, b"its own words"


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
    first = []

    def once_broken_off(request: Asked) -> tuple[int, bytes] | None:
        first.append(request)
        return None if len(first) == 1 else good(request)

    with upstream(once_broken_off) as one, upstream(once_broken_off) as other:
        answer, content = ask(front(one.port, other.port), method, path, b"photo", **headers)
        # Each at another replica.
        assert sorted([len(one.asked), len(other.asked)]) == [asked - 1, 1]
        assert {(request.path, request.body) for request in (*one.asked, *other.asked)} == {(path, b"photo")}
    if asked == 2:
        assert (answer.status, content) == (201, b"kept")
    else:
        assert answer.status == 503


@pytest.mark.parametrize("headers", [KEY, {}], ids=["with a key", "without a key"])
def test_replica_that_is_gone_costs_nobody_a_case(headers: dict[str, str], front: Front) -> None:
    with upstream(good) as other:
        proxy = front(free_port(), other.port)
        assert [ask(proxy, "POST", CASES, b"photo", **headers)[0].status for _ in range(12)] == [201] * 12
        assert len(other.asked) == 12


@pytest.mark.parametrize("is_gone", [False, True], ids=["broken off", "gone"])
def test_nobody_answers(is_gone: bool, front: Front) -> None:
    """Programs are told to send the same again, in the API's words."""
    with upstream(broken_off) as one, upstream(broken_off) as other:
        ports = (free_port(), free_port()) if is_gone else (one.port, other.port)
        answer, content = ask(front(*ports), "POST", CASES, b"photo", **KEY)
    assert (answer.status, json.loads(content)["code"]) == (503, "busy")
    assert (answer.headers["Content-Type"], answer.headers["Retry-After"]) == ("application/problem+json", "5")


def test_busy_replica_speaks_for_itself(front: Front) -> None:
    with upstream(busy) as one, upstream(busy) as other:
        answer, content = ask(front(one.port, other.port), "POST", CASES, b"photo", **KEY)
        assert (answer.status, content) == (503, b"its own words")
        assert len(one.asked) + len(other.asked) == 1


def test_replica_is_told_who_asks(front: Front) -> None:
    with upstream(good) as one, upstream(good) as other:
        claimed = {"X_Forwarded_For": "192.0.2.1", "X_Request_Id": "of-the-phone", "X_Forwarded_Proto": "https"}
        ask(front(one.port, other.port), "GET", "/v1/model", Host="majani.example", **claimed)
        [request] = one.asked + other.asked
    assert request.headers["X-Forwarded-For"] == "192.0.2.1, 127.0.0.1"
    assert request.headers["X-Forwarded-Proto"] == "http"
    assert request.headers["Host"] == "majani.example"
    assert re.fullmatch("[0-9a-f]{32}", request.headers["X-Request-Id"])


def test_log_has_neither_address_nor_path(front: Front) -> None:
    with upstream(good) as one:
        proxy = front(one.port, free_port())
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


def test_metrics_are_asked_of_each_replica(front: Front) -> None:
    with upstream(good) as one, upstream(good) as other:
        assert ask(front(one.port, other.port), "GET", "/metrics")[0].status == 404
        assert one.asked + other.asked == []
