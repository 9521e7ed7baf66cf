"""What a decoder is given of a JPEG or PNG: its picture, in as few pieces as photos have."""

import contextlib
import struct
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from majani.errors import ErrorCode, PhotoError
from majani.image.container import Contents, read_contents, read_orientation
from majani.image.decode import MAX_PHOTO_BYTES, decode
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
from tests.pictures import PictureFactory, textured

LEAF = PictureFactory()
NOTE, TABLE = 0xFE, 0xDB


def code_of(data: bytes) -> ErrorCode:
    with pytest.raises(PhotoError) as caught:
        read_contents(data)
    return caught.value.code


class TestWhatIsKept:
    @pytest.mark.parametrize("photo", [LEAF.leaf(), LEAF.png(), LEAF.cmyk_jpeg(), LEAF.palette_png_transparent()])
    def test_shows_the_same(self, photo: bytes) -> None:
        np.testing.assert_array_equal(decode(read_contents(photo).data()), decode(photo))

    @pytest.mark.parametrize("code", [0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF, NOTE])
    def test_of_a_jpeg_is_no_note(self, code: int) -> None:
        kept, own = (read_contents(one) for one in (with_segments(LEAF.leaf(), segment(code, b"a note")), LEAF.leaf()))
        assert (kept.data(), kept.exif, kept.is_streamed) == (own.data(), own.exif, own.is_streamed)

    def test_of_a_jpeg_are_its_colours(self) -> None:
        # Without the note of Adobe these would be taken for YCbCr.
        photo = encoded(Image.new("RGB", (32, 32), (200, 30, 30)), keep_rgb=True)
        assert b"Adobe" in read_contents(photo).data()
        np.testing.assert_allclose(decode(photo)[0, 0], (200, 30, 30), atol=3)

    @pytest.mark.parametrize("name", [b"tEXt", b"zTXt", b"iCCP", b"acTL", b"teSt", b"eXIf"])
    def test_of_a_png_is_no_note(self, name: bytes) -> None:
        assert read_contents(with_chunks(LEAF.png(), chunk(name, b"a note"))).data() == LEAF.png()

    @pytest.mark.parametrize("photo", [LEAF.webp(), LEAF.heic(), LEAF.text(), b""])
    def test_of_others_is_all(self, photo: bytes) -> None:
        assert read_contents(photo) == Contents([photo])

    def test_of_exif_is_the_first_block(self) -> None:
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


class TestScans:
    def test_at_the_limit(self) -> None:
        assert decode(in_scans(32)).shape == (16, 16, 3)
        assert code_of(in_scans(33)) == ErrorCode.PHOTO_BROKEN

    def test_are_those_of_the_picture_only(self) -> None:
        mark = b"\xff\xda\0\2" * 100
        photo = in_scans(32)
        between = photo.rindex(b"\xff\xda")
        read_contents(photo + bytes(2) + mark)
        read_contents(with_segments(photo, segment(NOTE, mark)))
        read_contents(photo[:between] + segment(NOTE, mark) + photo[between:])

    @pytest.mark.parametrize("filler", [b"\xff", b"\0", b"\xff\0", b"\xff\xd0"], ids=bytes.hex)
    def test_are_counted_behind_anything(self, filler: bytes) -> None:
        scan = b"\xff\xda\0\2" + filler * 5
        photo = in_scans(10)
        assert code_of(photo[:-2] + scan * 30 + photo[-2:]) == ErrorCode.PHOTO_BROKEN


class TestPieces:
    @pytest.mark.parametrize("code", [0xE1, TABLE])
    def test_of_a_jpeg_at_the_limit(self, code: int) -> None:
        read_contents(with_segments(LEAF.leaf(), segment(code) * 900))
        assert code_of(with_segments(LEAF.leaf(), segment(code) * 1000)) == ErrorCode.PHOTO_BROKEN

    def test_between_scans(self) -> None:
        photo = in_scans(10)
        assert code_of(photo[:-2] + segment(NOTE) * 1000 + photo[-2:]) == ErrorCode.PHOTO_BROKEN

    def test_of_tables(self) -> None:
        table = segment(TABLE, (b"\0" + b"\1" * 64) * 900)
        read_contents(with_segments(LEAF.leaf(), table))
        assert code_of(with_segments(LEAF.leaf(), table * 3)) == ErrorCode.PHOTO_BROKEN

    def test_of_a_png_at_the_limit(self) -> None:
        own = LEAF.png().count(b"IDAT") + 2
        assert decode(with_chunks(LEAF.png(), chunk(b"teSt") * (20_000 - own))).shape == (240, 320, 3)
        assert code_of(with_chunks(LEAF.png(), chunk(b"teSt") * (20_001 - own))) == ErrorCode.PHOTO_BROKEN

    def test_of_small_chunks_with_all_of_a_large_photo(self) -> None:
        # As the common library writes them, 8 kB each.
        data = chunk(b"IDAT", bytes(8192))
        read_contents(with_chunks(LEAF.png(), data * (MAX_PHOTO_BYTES // len(data))))


class TestCoding:
    @pytest.mark.parametrize("code", [0xC3, 0xC5, 0xC9, 0xCA])
    def test_that_no_camera_uses_is_not_supported(self, code: int) -> None:
        photo = bytearray(LEAF.leaf())
        photo[photo.index(b"\xff\xc0") + 1] = code
        assert code_of(bytes(photo)) == ErrorCode.PHOTO_UNSUPPORTED


class TestOrientation:
    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize(("value", "expected"), [(0, 1), (1, 1), (6, 6), (8, 8), (9, 1)])
    def test_is_read_in_both_orders(self, order: str, value: int, expected: int) -> None:
        head = {"<": b"II*\0", ">": b"MM\0*"}[order]
        entries = struct.pack(f"{order}HHIHxx", 0x0112, 3, 1, value)
        block = head + struct.pack(f"{order}IH", 8, 2) + struct.pack(f"{order}HHII", 0x010F, 2, 4, 0) + entries
        assert read_orientation(block) == read_orientation(b"Exif\0\0" + block) == expected

    def test_of_a_huge_directory_is_quick(self) -> None:
        block = b"MM\0*" + struct.pack(">IH", 8, 65_535) + bytes(12 * 65_535)
        started = time.process_time()
        assert read_orientation(block) == 1
        assert time.process_time() - started < 1

    @given(st.binary(max_size=60), st.sampled_from([b"", b"II*\0", b"MM\0*\0\0\0\x08"]))
    def test_of_any_bytes_is_one_of_eight(self, block: bytes, head: bytes) -> None:
        assert read_orientation(head + block) in range(1, 9)


class TestAnyBytes:
    @given(
        st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]),
        st.lists(st.sampled_from([b"\xff", b"\xda", b"\xc0", b"\xc2", b"\xd9", b"\0", b"\4", b"IDAT"]) | st.binary()),
    )
    @settings(max_examples=500)
    def test_are_read_or_refused(self, start: bytes, rest: list[bytes]) -> None:
        data = start + b"".join(rest)
        try:
            contents = read_contents(data)
        except PhotoError:
            return
        assert len(contents.data()) <= len(data)

    @given(data=st.data(), progressive=st.booleans(), image_format=st.sampled_from(["JPEG", "PNG"]))
    @settings(max_examples=300)
    def test_of_damage_are_read_or_refused(self, data: st.DataObject, progressive: bool, image_format: str) -> None:
        photo = bytearray(encoded(textured((60, 150, 45), (24, 16)), image_format, progressive=progressive))
        for _ in range(data.draw(st.integers(1, 4))):
            photo[data.draw(st.integers(0, len(photo) - 1))] = data.draw(st.integers(0, 255))
        with contextlib.suppress(PhotoError):
            assert len(read_contents(bytes(photo)).data()) <= len(photo)
