"""The end of a body is seen wherever the network cuts it into pieces."""

import pytest

from serving.arrival.framing import ChunkedBody, MeasuredBody, body_of

CHUNKED = b"3\r\nabc\r\nA;note=1\r\n0123456789\r\n0\r\n\r\n"
WITH_TRAILER = b"1\r\na\r\n0\r\nSum: 1\r\n\r\n"


@pytest.mark.parametrize("whole", [CHUNKED, WITH_TRAILER, b"0\r\n\r\n"], ids=["two chunks", "trailer", "empty"])
@pytest.mark.parametrize("step", [1, 2, 5, 1000])
def test_chunked_body_ends_with_its_last_byte(whole: bytes, step: int) -> None:
    body = ChunkedBody()
    for start in range(0, len(whole), step):
        assert not body.is_ended
        body.feed(whole[start : start + step])
    assert body.is_ended


def test_data_that_looks_like_an_end_is_none() -> None:
    body = ChunkedBody()
    body.feed(b"9\r\n0\r\n\r\n0\r\n\r\n")
    assert not body.is_ended


@pytest.mark.parametrize("junk", [b"xyz\r\n", b"\r\n", b"1" * 10_000], ids=["no number", "empty", "endless"])
def test_no_chunked_body_is_noticed(junk: bytes) -> None:
    with pytest.raises(ValueError, match=r"invalid literal|too long"):
        ChunkedBody().feed(junk)


@pytest.mark.parametrize(
    ("fields", "kind", "is_ended"),
    [
        (b"", MeasuredBody, True),
        (b"Content-Length: 0\r\n", MeasuredBody, True),
        (b"content-length:7\r\n", MeasuredBody, False),
        (b"Content-Length: 7, 7\r\n", MeasuredBody, True),
        (b"X-Content-Length: 7\r\n", MeasuredBody, True),
        (b"Content-Length: 7\r\nTransfer-Encoding: chunked\r\n", ChunkedBody, False),
    ],
    ids=["none", "nothing", "seven", "two lengths: gunicorn refuses", "another header", "chunked"],
)
def test_head_says_what_body_follows(fields: bytes, kind: type, is_ended: bool) -> None:
    body = body_of(b"POST / HTTP/1.1\r\n" + fields + b"\r\n")
    assert (type(body), body.is_ended) == (kind, is_ended)
