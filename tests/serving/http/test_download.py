"""A download has its turn until it is over, and only then is it somebody else's."""

import pytest
from flask import Flask, Response

from serving.container import Services
from serving.http.download import take_turn
from serving.http.errors import RequestError


def free(services: Services) -> int:
    """How many more could begin now."""
    taken = 0
    while services.downloads.acquire(blocking=False):
        taken += 1
    if taken:
        services.downloads.release(taken)
    return taken


def test_turn_ends_once_however_often_the_answer_is_closed(app: Flask, services: Services) -> None:
    before = free(services)
    with app.test_request_context("/"):
        sent = take_turn(Response([b"le", b"af"]), services.downloads)
        assert free(services) == before - 1
        assert b"".join(sent.response) == b"leaf"  # type: ignore[arg-type]
        assert free(services) == before - 1
        sent.close()
        assert free(services) == before
        sent.close()
    assert free(services) == before


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304), ("GET", 416)])
def test_an_answer_without_a_file_takes_no_turn(method: str, status: int, app: Flask, services: Services) -> None:
    before = free(services)
    with app.test_request_context("/", method=method):
        take_turn(Response(status=status), services.downloads)
    assert free(services) == before


def test_refused_answer_lets_go_of_its_file(app: Flask, services: Services) -> None:
    closed: list[bool] = []
    with app.test_request_context("/"):
        turns = [take_turn(Response([b"leaf"]), services.downloads) for _ in range(free(services))]
        refused = Response([b"leaf"])
        refused.call_on_close(lambda: closed.append(True))
        with pytest.raises(RequestError) as failure:
            take_turn(refused, services.downloads)
        for turn in turns:
            turn.close()
    assert (failure.value.code, closed) == ("busy", [True])
    assert free(services) == len(turns)
