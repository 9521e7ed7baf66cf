"""What has arrived is given in pieces that gunicorn can afford to copy."""

import socket
from collections import deque
from collections.abc import Iterator

import pytest

from serving.arrival.arrival import Whole
from serving.arrival.unreader import CollectedUnreader

KIB = 1024
SENT = bytes(range(256)) * KIB


@pytest.fixture
def unreader() -> Iterator[CollectedUnreader]:
    with socket.socket() as unused:
        reading = CollectedUnreader(unused)
        reading.hold(Whole(deque([memoryview(SENT)]), body_bytes=len(SENT)))
        yield reading


def test_lines_are_looked_for_in_small_pieces(unreader: CollectedUnreader) -> None:
    pieces = list(iter(unreader.chunk, b""))
    assert max(len(piece) for piece in pieces) <= 8 * KIB
    assert b"".join(pieces) == SENT


def test_data_is_given_as_it_came(unreader: CollectedUnreader) -> None:
    assert unreader.chunk(len(SENT)) == SENT


def test_reading_past_the_end_is_noticed(unreader: CollectedUnreader) -> None:
    unreader.read(len(SENT))
    assert not unreader.is_broken
    unreader.read(1)
    assert unreader.is_broken
    unreader.hold(Whole(deque([memoryview(SENT)])))
    assert not unreader.is_broken
