"""Photos that say how they were held are set upright, and odd claims do no harm."""

import struct

import numpy as np
import pytest
from PIL import Image

from majani.image.decode import decode
from tests.picture_files import encoded
from tests.pictures import QUADRANTS, PictureFactory

RED, BLUE = (255, 0, 0), (0, 0, 255)


class TestOrientation:
    @pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_is_set_upright(self, pictures: PictureFactory, orientation: int, image_format: str) -> None:
        pixels = decode(pictures.exif_rotated(orientation, image_format))
        assert pixels.shape == (64, 96, 3)
        quadrants = {
            "top_left": pixels[16, 24],
            "top_right": pixels[16, 72],
            "bottom_left": pixels[48, 24],
            "bottom_right": pixels[48, 72],
        }
        for place, colour in QUADRANTS.items():
            np.testing.assert_allclose(quadrants[place], colour, atol=6, err_msg=place)

    def test_is_set_upright_after_reduction(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        image = Image.new("RGB", (1600, 1100), "red")
        image.paste((0, 0, 255), (800, 0, 1600, 1100))
        pixels = decode(encoded(image, exif=exif))
        assert pixels.shape == (800, 550, 3)
        np.testing.assert_allclose(pixels[0, 0], RED, atol=6)
        np.testing.assert_allclose(pixels[-1, 0], BLUE, atol=6)

    @pytest.mark.parametrize("value", [0, 9, 65535])
    def test_that_does_not_exist_counts_as_upright(self, value: int) -> None:
        exif = Image.Exif()
        exif[0x0112] = value
        assert decode(encoded(Image.new("RGB", (30, 20)), exif=exif)).shape == (20, 30, 3)

    @pytest.mark.parametrize(("field_type", "count"), [(2, 2), (3, 2)], ids=["text", "two numbers"])
    def test_of_another_type_counts_as_upright(self, field_type: int, count: int) -> None:
        directory = struct.pack(">HHHI", 1, 0x0112, field_type, count) + b"\0\x06\0\x06" + bytes(12)
        block = b"Exif\0\0MM\0*" + struct.pack(">I", 8) + directory
        assert decode(encoded(Image.new("RGB", (30, 20)), exif=block)).shape == (20, 30, 3)

    @pytest.mark.parametrize(
        "block",
        [
            b"Exif\0\0",
            b"Exif\0\0MM",
            b"Exif\0\0garbage without end",
            b"Exif\0\0II*\0\xff\xff\xff\x7f",
            b"Exif\0\0MM\0*" + b"\xff" * 40,
        ],
        ids=["bare", "cut", "garbage", "far offset", "many tags"],
    )
    @pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
    def test_in_a_damaged_block_counts_as_upright(self, image_format: str, block: bytes) -> None:
        assert decode(encoded(Image.new("RGB", (30, 20)), image_format, exif=block)).shape == (20, 30, 3)
