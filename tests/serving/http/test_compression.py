"""Only who can unpack gets something packed, and the two forms are never taken for one another."""

import gzip

import pytest
from flask import Request, Response
from werkzeug.test import EnvironBuilder

from serving.http.compression import accepts_gzip, compress, declare

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
        ("", False),
        ("identity", False),
        ("br", False),
        ("x-gzipped", False),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        (";q=,,", False),
        ("gzip", True),
        ("GZIP", True),
        ("gzip, deflate, br, zstd", True),
        ("br, gzip;q=0.1", True),
        ("*", True),
        ("gzip, *;q=0", True),
    ],
)
def test_who_takes_it(header: str | None, accepts: bool) -> None:
    headers = {} if header is None else {"Accept-Encoding": header}
    assert accepts_gzip(Request(EnvironBuilder(headers=headers).get_environ())) is accepts


@pytest.mark.parametrize(
    ("is_compressed", "etag", "encoding"),
    [(False, '"leaf"', None), (True, 'W/"leaf"', "gzip")],
    ids=["plain", "packed"],
)
def test_the_two_forms_are_told_apart(is_compressed: bool, etag: str, encoding: str | None) -> None:
    response = Response(BODY)
    response.set_etag("leaf")
    response.vary.add("Accept-Language")
    declare(response, is_compressed=is_compressed)
    assert (response.headers["ETag"], response.headers.get("Content-Encoding")) == (etag, encoding)
    assert set(response.vary) == {"Accept-Language", "Accept-Encoding"}
