"""Photos in each form in which a program may have them."""

import os
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from majani.errors import ErrorCode, PhotoError
from majani.image.decode import MAX_BASELINE_JPEG_PIXELS, MAX_PHOTO_BYTES, decode
from majani.image.photo import as_case, first_same, load, read_photo
from tests.majani.conftest import refused
from tests.picture_files import encoded
from tests.pictures import PictureFactory

PIXELS = np.zeros((2, 2, 3), np.uint8)


class TestAsCase:
    def test_takes_each_form_alone_and_among_others(self) -> None:
        for photo in (b"", "a.jpg", Path("a.jpg"), Image.new("L", (2, 2)), PIXELS):
            assert as_case(photo)[0] is photo
            assert as_case((b"", photo))[1] is photo

    @pytest.mark.parametrize(
        ("photo", "what"),
        [
            (3, "int"),
            (None, "NoneType"),
            (bytearray(b"jpeg"), "bytearray"),
            ([b""], "list"),
            (PIXELS / 255, "float64"),
            (PIXELS[0], "(2, 3)"),
            (np.zeros((2, 2, 4), np.uint8), "(2, 2, 4)"),
            (Image.new("F", (2, 2)), "mode F"),
        ],
    )
    def test_refuses_anything_else_by_position_and_kind(self, photo: Any, what: str) -> None:
        with pytest.raises(TypeError, match=f"2 of 3.*{re.escape(what)}"):
            as_case([b"", photo, b""])

    def test_does_not_take_it_for_a_sequence_of_photos(self) -> None:
        for photo in (None, bytearray(b"jpeg"), {b"jpeg"}, PIXELS[np.newaxis]):
            with pytest.raises(TypeError, match="1 of 1"):
                as_case(photo)


class TestPixels:
    def test_are_those_of_the_file_also_if_reduced(self, pictures: PictureFactory) -> None:
        small = Image.open(BytesIO(pictures.leaf()))
        for photo in (small, small.resize((1601, 1203))):
            data = encoded(photo, "PNG")
            assert np.array_equal(load(Image.open(BytesIO(data))), decode(data))
            assert np.array_equal(load(np.asarray(photo)), decode(data))

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_of_an_image_are_upright(self, pictures: PictureFactory, orientation: int) -> None:
        for image_format in ("JPEG", "PNG"):
            data = pictures.exif_rotated(orientation, image_format)
            image = Image.open(BytesIO(data))
            stored = image.size
            assert np.array_equal(load(image), decode(data))
            assert image.size == stored, "the caller's image is left as it was"

    def test_of_any_mode_are_rgb(self) -> None:
        for mode in ("1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "I;16"):
            pixels = np.asarray(load(Image.new(mode, (64, 48))))
            assert (pixels.shape, pixels.dtype) == ((48, 64, 3), np.uint8), mode

    def test_are_bounded_and_whole(self, pictures: PictureFactory) -> None:
        for height, width, code in (
            (0, 8, ErrorCode.PHOTO_EMPTY),
            (10, 1000, ErrorCode.PHOTO_UNSUPPORTED),
            (8000, MAX_BASELINE_JPEG_PIXELS // 8000 + 1, ErrorCode.PHOTO_TOO_MANY_PIXELS),
        ):
            with refused(PhotoError, code):
                load(np.broadcast_to(np.uint8(0), (height, width, 3)))  # which takes no memory
        with refused(PhotoError, ErrorCode.PHOTO_BROKEN):
            load(Image.open(BytesIO(pictures.truncated_jpeg())))


def test_the_same_again_is_found_in_any_form(pictures: PictureFactory, tmp_path: Path) -> None:
    (tmp_path / "leaf").write_bytes(pictures.png())
    image = Image.open(tmp_path / "leaf")
    earlier = [None, load(np.asarray(image)), load(pictures.png())]
    assert first_same(load(image), earlier) == 1
    assert first_same(load(tmp_path / "leaf"), earlier) == 2
    assert first_same(load(pictures.red()), earlier) is None
    assert first_same(load(np.asarray(image)[::-1]), earlier) is None


def test_of_a_large_file_just_enough_is_read_to_show_that_it_is_too_large(tmp_path: Path) -> None:
    for excess in (0, 1, 1000):
        with (tmp_path / "large").open("wb") as file:
            file.truncate(MAX_PHOTO_BYTES + excess)
        assert len(read_photo(tmp_path / "large")) == MAX_PHOTO_BYTES + min(excess, 1)


@pytest.mark.timeout(10)
def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("link")
    os.mkfifo(tmp_path / "pipe")
    for name in ("absent", "folder", "link", "pipe"):
        with refused(PhotoError, ErrorCode.PHOTO_UNREADABLE):
            read_photo(tmp_path / name)
