"""Every kind of colour and transparency becomes plain RGB on white."""

import numpy as np
import pytest
from PIL import Image

from majani.image.decode import decode
from tests.picture_files import encoded
from tests.pictures import PictureFactory

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


class TestColour:
    @pytest.mark.parametrize(
        ("value", "grey"), [(0, 0), (0x00FF, 0), (0x0100, 1), (0x8000, 128), (0xFFFF, 255)], ids=hex
    )
    def test_sixteen_bit_grey_is_scaled_not_clipped(self, pictures: PictureFactory, value: int, grey: int) -> None:
        pixels = decode(pictures.png16(value))
        assert pixels.shape == (48, 64, 3)
        assert (pixels == grey).all()

    def test_sixteen_bit_grey_is_reduced_too(self) -> None:
        data = encoded(Image.fromarray(np.full((300, 400), 0x4000, dtype=np.uint16)), "PNG")
        pixels = decode(data, short_side_px=100)
        assert pixels.shape == (100, 134, 3)
        assert (pixels == 0x40).all()

    def test_sixteen_bit_colour(self, pictures: PictureFactory) -> None:
        assert (decode(pictures.png16_rgb()) == (0xC0, 0x80, 0x40)).all()

    def test_transparent_palette_entry_becomes_white(self, pictures: PictureFactory) -> None:
        pixels = decode(pictures.palette_png_transparent())
        assert (pixels[:, :32] == RED).all()
        assert (pixels[:, 32:] == WHITE).all()

    @pytest.mark.parametrize(("alpha", "expected"), [(0, WHITE), (255, BLUE), (51, (204, 204, 255))])
    def test_transparency_is_on_white(
        self, pictures: PictureFactory, alpha: int, expected: tuple[int, int, int]
    ) -> None:
        np.testing.assert_allclose(decode(pictures.rgba_png(alpha)), np.full((48, 64, 3), expected), atol=1)

    @pytest.mark.parametrize(
        "image",
        [Image.new("LA", (9, 9), (0, 0)), Image.new("L", (9, 9), 7), Image.new("RGB", (9, 9), (7, 7, 7))],
        ids=["grey and alpha", "grey key", "colour key"],
    )
    def test_other_kinds_of_transparency_become_white(self, image: Image.Image) -> None:
        key = {"LA": None, "L": 7, "RGB": (7, 7, 7)}[image.mode]
        assert (decode(encoded(image, "PNG", transparency=key)) == WHITE).all()

    def test_transparent_webp_becomes_white(self) -> None:
        assert (decode(encoded(Image.new("RGBA", (9, 9), (0, 0, 255, 0)), "WEBP", lossless=True)) == WHITE).all()

    def test_opaque_palette_keeps_its_colours(self) -> None:
        image = Image.new("P", (9, 9))
        image.putpalette([255, 0, 0])
        assert (decode(encoded(image, "PNG")) == RED).all()

    def test_cmyk_becomes_rgb(self, pictures: PictureFactory) -> None:
        pixels = decode(pictures.cmyk_jpeg())
        assert pixels.shape == (48, 64, 3)
        np.testing.assert_allclose(pixels.mean(axis=(0, 1)), RED, atol=4)

    @pytest.mark.parametrize(("mode", "colour", "grey"), [("L", 90, 90), ("1", 1, 255)])
    def test_grey_becomes_rgb(self, mode: str, colour: int, grey: int) -> None:
        assert (decode(encoded(Image.new(mode, (9, 9), colour), "PNG")) == grey).all()
