"""Photos that say how they were held are set upright, and odd claims do no harm."""

import struct

import numpy as np
import pytest
from PIL import Image

from majani.image.decode import decode
from tests.picture_files import encoded
from tests.pictures import QUADRANTS, PictureFactory

RED, BLUE = (255, 0, 0), (0, 0, 255)


def saying(value: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def of_type(field_type: int, count: int) -> bytes:
    directory = struct.pack(">HHHI", 1, 0x0112, field_type, count) + b"\0\x06\0\x06" + bytes(12)
    return b"Exif\0\0MM\0*" + struct.pack(">I", 8) + directory


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_set_upright(pictures: PictureFactory, orientation: int, image_format: str) -> None:
    pixels = decode(pictures.exif_rotated(orientation, image_format))
    assert pixels.shape == (64, 96, 3)
    expected = [QUADRANTS[place] for place in ("top_left", "top_right", "bottom_left", "bottom_right")]
    np.testing.assert_allclose(pixels[16::32, 24::48].reshape(4, 3), expected, atol=6)


def test_it_is_set_upright_after_reduction() -> None:
    image = Image.new("RGB", (1600, 1100), "red")
    image.paste((0, 0, 255), (800, 0, 1600, 1100))
    pixels = decode(encoded(image, exif=saying(6)))
    assert pixels.shape == (800, 550, 3)
    np.testing.assert_allclose(pixels[0, 0], RED, atol=6)
    np.testing.assert_allclose(pixels[-1, 0], BLUE, atol=6)


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(saying(0), id="none"),
        pytest.param(saying(9), id="ninth"),
        pytest.param(saying(65535), id="huge"),
        pytest.param(of_type(2, 2), id="text"),
        pytest.param(of_type(3, 2), id="two numbers"),
        pytest.param(b"Exif\0\0", id="bare"),
        pytest.param(b"Exif\0\0MM", id="cut"),
        pytest.param(b"Exif\0\0garbage without end", id="garbage"),
        pytest.param(b"Exif\0\0II*\0\xff\xff\xff\x7f", id="far offset"),
        pytest.param(b"Exif\0\0MM\0*" + b"\xff" * 40, id="many tags"),
    ],
)
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_what_is_no_orientation_counts_as_upright(image_format: str, block: bytes | Image.Exif) -> None:
    assert decode(encoded(Image.new("RGB", (30, 20)), image_format, exif=block)).shape == (20, 30, 3)
