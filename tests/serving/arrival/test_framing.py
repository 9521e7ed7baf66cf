"""The end of a body is seen wherever the network cuts it into pieces."""

import pytest

from serving.arrival.framing import ChunkedBody, MeasuredBody, body_of, declared_bytes

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
        (b"X-Content-Length: 7\r\n", MeasuredBody, True),
        (b"Content-Length: 7\r\nTransfer-Encoding: chunked\r\n", ChunkedBody, False),
    ],
    ids=["none", "nothing", "seven", "another header", "chunked"],
)
def test_head_says_what_body_follows(fields: bytes, kind: type, is_ended: bool) -> None:
    body = body_of(b"POST / HTTP/1.1\r\n" + fields + b"\r\n")
    assert (type(body), body.is_ended) == (kind, is_ended)


@pytest.mark.parametrize("length", [b"50", b" 50\t", b"0" * 24 + b"50"], ids=["digits", "spaces", "26 digits"])
def test_length_is_the_one_that_gunicorn_reads(length: bytes) -> None:
    assert declared_bytes(b"POST / HTTP/1.1\r\nContent-Length:" + length + b"\r\n\r\n") == 50


@pytest.mark.parametrize(
    "length",
    [b"", b" 7, 7", b" +7", b" 0x7", b" 7\r", b" " + b"7" * 19],
    ids=["empty", "two", "sign", "hexadecimal", "line break", "19 digits"],
)
def test_what_is_no_length_is_not_taken_for_none(length: bytes) -> None:
    with pytest.raises(ValueError, match="length"):
        body_of(b"POST / HTTP/1.1\r\nContent-Length:" + length + b"\r\n\r\n")


def test_many_tiny_chunks_are_no_photo() -> None:
    body = ChunkedBody()
    with pytest.raises(ValueError, match="too small"):
        body.feed(b"1\r\nx\r\n" * 30_000)


def test_as_many_lines_are_fine_with_more_in_their_chunks() -> None:
    body = ChunkedBody()
    body.feed((b"40\r\n" + bytes(64) + b"\r\n") * 30_000 + b"0\r\n\r\n")
    assert body.is_ended
