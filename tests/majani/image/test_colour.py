"""Every kind of colour and transparency becomes plain RGB on white."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from majani.image.decode import decode
from tests.picture_files import encoded
from tests.pictures import PictureFactory

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)
PICTURES = PictureFactory()


def plain(mode: str, colour: Any = 0, image_format: str = "PNG", **options: Any) -> bytes:
    image = Image.new(mode, (9, 9), colour)
    if mode == "P":
        image.putpalette([255, 0, 0])
    return encoded(image, image_format, **options)


@pytest.mark.parametrize(("value", "grey"), [(0, 0), (0x00FF, 0), (0x0100, 1), (0x8000, 128), (0xFFFF, 255)], ids=hex)
def test_sixteen_bit_grey_is_scaled_not_clipped(value: int, grey: int) -> None:
    pixels = decode(PICTURES.png16(value))
    assert pixels.shape == (48, 64, 3)
    assert (pixels == grey).all()


def test_sixteen_bit_grey_is_reduced_too() -> None:
    data = encoded(Image.fromarray(np.full((300, 400), 0x4000, dtype=np.uint16)), "PNG")
    pixels = decode(data, short_side_px=100)
    assert pixels.shape == (100, 134, 3)
    assert (pixels == 0x40).all()


def test_a_transparent_palette_entry_becomes_white() -> None:
    pixels = decode(PICTURES.palette_png_transparent())
    assert (pixels[:, :32] == RED).all()
    assert (pixels[:, 32:] == WHITE).all()


@pytest.mark.parametrize(
    ("photo", "expected"),
    [
        pytest.param(PICTURES.png16_rgb(), (0xC0, 0x80, 0x40), id="sixteen bits a colour"),
        pytest.param(PICTURES.rgba_png(255), BLUE, id="opaque"),
        pytest.param(PICTURES.rgba_png(51), (204, 204, 255), id="a fifth opaque, on white"),
        pytest.param(PICTURES.rgba_png(0), WHITE, id="transparent"),
        pytest.param(plain("LA", (0, 0)), WHITE, id="transparent grey"),
        pytest.param(plain("L", 7, transparency=7), WHITE, id="grey key"),
        pytest.param(plain("RGB", (7, 7, 7), transparency=(7, 7, 7)), WHITE, id="colour key"),
        pytest.param(plain("RGBA", (0, 0, 255, 0), "WEBP", lossless=True), WHITE, id="transparent WebP"),
        pytest.param(plain("P"), RED, id="opaque palette"),
        pytest.param(plain("L", 90), (90, 90, 90), id="grey"),
        pytest.param(plain("1", 1), WHITE, id="one bit"),
    ],
)
def test_one_colour_becomes_one_colour_on_white(photo: bytes, expected: tuple[int, int, int]) -> None:
    pixels = decode(photo)
    np.testing.assert_array_equal(pixels, np.broadcast_to(np.uint8(expected), pixels.shape))


def test_cmyk_becomes_rgb() -> None:
    pixels = decode(PICTURES.cmyk_jpeg())
    assert pixels.shape == (48, 64, 3)
    np.testing.assert_allclose(pixels.mean(axis=(0, 1)), RED, atol=4)
