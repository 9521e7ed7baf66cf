"""What a decoder is given of a JPEG or PNG: its picture, in as few pieces as photos have."""

import contextlib
import struct
import time
from contextlib import AbstractContextManager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from majani.errors import ErrorCode, MajaniError, PhotoError
from majani.image.container import Contents, read_contents, read_orientation
from majani.image.decode import MAX_PHOTO_BYTES, decode
from tests.majani.conftest import refused
from tests.picture_files import (
    chunk,
    encoded,
    in_one_scan_per_colour,
    in_scans,
    jpeg_claiming,
    segment,
    with_chunks,
    with_segments,
)
from tests.pictures import PictureFactory

LEAF = PictureFactory()
NOTE, TABLE = 0xFE, 0xDB


def broken() -> AbstractContextManager[pytest.ExceptionInfo[MajaniError]]:
    return refused(PhotoError, ErrorCode.PHOTO_BROKEN)


@pytest.mark.parametrize("photo", [LEAF.leaf(), LEAF.png(), LEAF.cmyk_jpeg(), LEAF.palette_png_transparent()])
def test_what_is_kept_shows_the_same(photo: bytes) -> None:
    np.testing.assert_array_equal(decode(read_contents(photo).data()), decode(photo))


def test_no_note_is_kept() -> None:
    own = read_contents(LEAF.leaf())
    for code in (0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF, NOTE):
        kept = read_contents(with_segments(LEAF.leaf(), segment(code, b"a note")))
        assert (kept.data(), kept.exif, kept.is_streamed) == (own.data(), own.exif, own.is_streamed), code
    for name in (b"tEXt", b"zTXt", b"iCCP", b"acTL", b"teSt", b"eXIf"):
        assert read_contents(with_chunks(LEAF.png(), chunk(name, b"a note"))).data() == LEAF.png(), name


def test_of_a_jpeg_its_colours_are_kept() -> None:
    # Without the note of Adobe these would be taken for YCbCr.
    photo = encoded(Image.new("RGB", (32, 32), (200, 30, 30)), keep_rgb=True)
    assert b"Adobe" in read_contents(photo).data()
    np.testing.assert_allclose(decode(photo)[0, 0], (200, 30, 30), atol=3)


@pytest.mark.parametrize("photo", [LEAF.webp(), LEAF.heic(), LEAF.text(), b""])
def test_of_others_all_is_kept(photo: bytes) -> None:
    assert read_contents(photo) == Contents([photo])


def test_of_exif_the_first_block_is_kept() -> None:
    blocks = [segment(0xE1, b"Exif\0\0" + text) for text in (b"first", b"second")]
    assert read_contents(with_segments(LEAF.leaf(), b"".join(blocks))).exif == b"Exif\0\0first"
    assert read_contents(with_chunks(LEAF.png(), chunk(b"eXIf", b"1") + chunk(b"eXIf", b"2"))).exif == b"1"


@pytest.mark.parametrize(
    ("photo", "is_streamed"),
    [
        pytest.param(LEAF.leaf(), True, id="three colours in one scan"),
        pytest.param(encoded(Image.new("L", (16, 16))), True, id="grey"),
        pytest.param(LEAF.cmyk_jpeg(), True, id="four colours in one scan"),
        pytest.param(in_one_scan_per_colour(16, 16), False, id="a scan per colour"),
        pytest.param(jpeg_claiming(16, 16, progressive=True), False, id="progressive"),
        pytest.param(encoded(Image.new("L", (16, 16)), progressive=True), False, id="progressive grey"),
        pytest.param(LEAF.png(), False, id="PNG"),
    ],
)
def test_what_can_be_streamed(photo: bytes, is_streamed: bool) -> None:
    assert read_contents(photo).is_streamed == is_streamed


def test_scans_of_the_picture_are_limited() -> None:
    photo, mark = in_scans(32), b"\xff\xda\0\2" * 100
    assert decode(photo).shape == (16, 16, 3)
    with broken():
        read_contents(in_scans(33))
    between = photo.rindex(b"\xff\xda")
    read_contents(photo + bytes(2) + mark)
    read_contents(with_segments(photo, segment(NOTE, mark)))
    read_contents(photo[:between] + segment(NOTE, mark) + photo[between:])
    photo = in_scans(10)
    for filler in (b"\xff", b"\0", b"\xff\0", b"\xff\xd0"):
        scan = b"\xff\xda\0\2" + filler * 5
        with broken():
            read_contents(photo[:-2] + scan * 30 + photo[-2:])


def test_pieces_of_a_jpeg_are_limited_before_and_between_scans() -> None:
    for code in (0xE1, TABLE):
        read_contents(with_segments(LEAF.leaf(), segment(code) * 900))
        with broken():
            read_contents(with_segments(LEAF.leaf(), segment(code) * 1000))
    photo = in_scans(10)
    with broken():
        read_contents(photo[:-2] + segment(NOTE) * 1000 + photo[-2:])
    table = segment(TABLE, (b"\0" + b"\1" * 64) * 900)
    read_contents(with_segments(LEAF.leaf(), table))
    with broken():
        read_contents(with_segments(LEAF.leaf(), table * 3))


def test_pieces_of_a_png_are_limited() -> None:
    own = LEAF.png().count(b"IDAT") + 2
    assert decode(with_chunks(LEAF.png(), chunk(b"teSt") * (20_000 - own))).shape == (240, 320, 3)
    with broken():
        read_contents(with_chunks(LEAF.png(), chunk(b"teSt") * (20_001 - own)))
    # As the common library writes them, 8 kB each, all of a large photo.
    data = chunk(b"IDAT", bytes(8192))
    read_contents(with_chunks(LEAF.png(), data * (MAX_PHOTO_BYTES // len(data))))


@pytest.mark.parametrize("code", [0xC3, 0xC5, 0xC9, 0xCA])
def test_a_coding_that_no_camera_uses_is_not_supported(code: int) -> None:
    photo = bytearray(LEAF.leaf())
    photo[photo.index(b"\xff\xc0") + 1] = code
    with refused(PhotoError, ErrorCode.PHOTO_UNSUPPORTED):
        read_contents(bytes(photo))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("value", "expected"), [(0, 1), (1, 1), (6, 6), (8, 8), (9, 1)])
def test_orientation_is_read_in_both_orders(order: str, value: int, expected: int) -> None:
    head = {"<": b"II*\0", ">": b"MM\0*"}[order]
    entries = struct.pack(f"{order}HHIHxx", 0x0112, 3, 1, value)
    block = head + struct.pack(f"{order}IH", 8, 2) + struct.pack(f"{order}HHII", 0x010F, 2, 4, 0) + entries
    assert read_orientation(block) == read_orientation(b"Exif\0\0" + block) == expected


def test_orientation_of_a_huge_directory_is_read_quickly() -> None:
    block = b"MM\0*" + struct.pack(">IH", 8, 65_535) + bytes(12 * 65_535)
    started = time.process_time()
    assert read_orientation(block) == 1
    assert time.process_time() - started < 1


@given(st.binary(max_size=60), st.sampled_from([b"", b"II*\0", b"MM\0*\0\0\0\x08"]))
def test_orientation_of_any_bytes_is_one_of_eight(block: bytes, head: bytes) -> None:
    assert read_orientation(head + block) in range(1, 9)


PARTS = [b"\xff", b"\xda", b"\xc0", b"\xc2", b"\xd9", b"\0", b"\4", b"IDAT"]


@given(st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]), st.lists(st.sampled_from(PARTS) | st.binary()))
@settings(max_examples=500)
def test_any_bytes_are_read_or_refused(start: bytes, rest: list[bytes]) -> None:
    data = start + b"".join(rest)
    with contextlib.suppress(PhotoError):
        assert len(read_contents(data).data()) <= len(data)
