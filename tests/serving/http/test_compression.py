"""Only who can unpack gets something packed, and the two forms are never taken for one another."""

import gzip

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from serving.http.compression import accepts_gzip, compress

BODY = b"leaf" * 1000


def test_the_same_is_compressed_to_the_same() -> None:
    compressed = compress(BODY)
    assert gzip.decompress(compressed) == BODY
    assert len(compressed) < len(BODY) / 10
    # Where a moment would stand.
    assert compressed[4:8] == bytes(4)


@pytest.mark.parametrize(
    ("header", "accepts"),
    [
        (None, False),
        ("br", False),
        ("gzip;q=0, *", False),
        ("gzip, deflate, br, zstd", True),
        ("*", True),
    ],
)
def test_who_takes_it(header: str | None, accepts: bool) -> None:
    headers = {} if header is None else {"Accept-Encoding": header}
    assert accepts_gzip(Request(EnvironBuilder(headers=headers).get_environ())) is accepts
