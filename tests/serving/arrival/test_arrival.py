"""A request is collected byte for byte, and nothing of it is kept that nobody will read."""

import pytest

from serving.arrival.arrival import MAX_HEAD_BYTES, Arrival

KIB = 1024


def arrival_of(*pieces: bytes, max_body_bytes: int = 10 * KIB) -> Arrival:
    arrival = Arrival(max_body_bytes=max_body_bytes)
    for piece in pieces:
        arrival.feed(piece)
    return arrival


def post(*fields: bytes) -> bytes:
    return b"\r\n".join([b"POST / HTTP/1.1", *fields, b"", b""])


def code_of(arrival: Arrival) -> str | None:
    failure = arrival.end().failure
    return None if failure is None else failure.code


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_everything_is_handed_over_in_order(step: int) -> None:
    sent = post(b"Content-Length: 5") + b"photo"
    arrival = Arrival(max_body_bytes=10)
    for start in range(0, len(sent), step):
        assert not arrival.is_over
        arrival.feed(sent[start : start + step])
    assert arrival.is_over
    assert arrival.held_bytes == len(sent)
    assert b"".join(arrival.end().pieces) == sent


def test_beginning_of_the_next_request_is_kept() -> None:
    first, second = post(b"Content-Length: 1") + b"a", post(b"Content-Length: 2")
    arrival = arrival_of(first + second)
    assert arrival.is_over
    assert b"".join(arrival.end().pieces) == first + second


def test_large_body_is_discarded_until_its_end() -> None:
    arrival = arrival_of(post(b"Content-Length: 20480"))
    for _ in range(20):
        assert not arrival.is_over
        arrival.feed(bytes(KIB))
        assert arrival.held_bytes < KIB
    assert (arrival.is_over, code_of(arrival)) == (True, "request_too_large")


def test_large_body_of_unknown_length_is_discarded_from_the_limit_on() -> None:
    arrival = arrival_of(post(b"Transfer-Encoding: chunked"), b"8000\r\n", bytes(8 * KIB), bytes(8 * KIB))
    assert arrival.held_bytes < KIB
    arrival.feed(bytes(16 * KIB) + b"\r\n0\r\n\r\n")
    assert (arrival.is_over, code_of(arrival)) == (True, "request_too_large")


def test_who_asks_before_sending_is_told_to_go_on() -> None:
    arrival = arrival_of(post(b"Expect: 100-continue", b"Content-Length: 5"))
    assert (arrival.is_awaited, arrival.is_over) == (True, False)
    # Or gunicorn would tell it once more.
    assert b"Expect" not in b"".join(arrival.end().pieces)


def test_who_asks_before_sending_too_much_is_told_at_once() -> None:
    arrival = arrival_of(post(b"Expect: 100-continue", b"Content-Length: 20480"))
    assert (arrival.is_awaited, arrival.is_over, code_of(arrival)) == (False, True, "request_too_large")


def test_old_clients_are_not_told_to_go_on() -> None:
    head = post(b"Expect: 100-continue", b"Content-Length: 5").replace(b"HTTP/1.1", b"HTTP/1.0")
    arrival = arrival_of(head)
    assert (arrival.is_awaited, arrival.is_over) == (False, False)


@pytest.mark.parametrize("before", [b"", b"\r\n"], ids=["first", "after an empty line"])
def test_request_line_is_handed_over_whatever_it_is(before: bytes) -> None:
    sent = before + b"Expect: 100-continue\r\nGET / HTTP/1.1\r\n\r\n"
    assert b"".join(arrival_of(sent).end().pieces) == sent


def test_unreadable_length_is_refused() -> None:
    arrival = arrival_of(post(b"Content-Length: " + b"1" * 19) + b"GET / HTTP/1.1\r\n\r\n")
    assert (arrival.is_over, code_of(arrival)) == (True, "request_malformed")
    # What follows may be a body or a request.
    assert b"GET" not in b"".join(arrival.end().pieces)


def test_length_with_zeros_before_it_is_waited_for() -> None:
    arrival = arrival_of(post(b"Content-Length: " + b"0" * 24 + b"50"), bytes(49))
    assert not arrival.is_over
    arrival.feed(b"x")
    assert (arrival.is_over, arrival.end().body_bytes) == (True, 50)


def test_broken_chunks_are_not_waited_for() -> None:
    arrival = arrival_of(post(b"Transfer-Encoding: chunked"), b"what\r\n")
    assert (arrival.is_over, code_of(arrival)) == (True, "request_malformed")


def test_endless_head_is_hopeless() -> None:
    assert not arrival_of(b"GET / HTTP/1.1\r\nA: ", bytes(MAX_HEAD_BYTES // 2)).is_hopeless
    assert arrival_of(b"GET / HTTP/1.1\r\nA: ", bytes(MAX_HEAD_BYTES)).is_hopeless


def test_single_bytes_do_not_each_cost_an_object() -> None:
    arrival = arrival_of(post(b"Content-Length: 5000"), *[b"x"] * 5000)
    assert len(arrival.end().pieces) == 2
