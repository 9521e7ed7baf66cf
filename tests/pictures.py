"""Pictures for tests, made on the spot: sound ones of known content, and every kind of broken or odd one.

All methods return the bytes of a file, as a client would send them. Nothing is random: equal calls give equal bytes.
"""

import struct
import zlib
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from tests.picture_files import assembled_png, chunk, encoded, in_scans, segment, with_chunks, with_segments

SIZE = (320, 240)
_LEAF, _SOIL = (60, 150, 45), (120, 90, 65)
_EXIF_ORIENTATION = 0x0112
# Upright content of `exif_rotated`, by quadrant.
QUADRANTS = {"top_left": (255, 0, 0), "top_right": (0, 255, 0), "bottom_left": (0, 0, 255), "bottom_right": (255,) * 3}


def textured(colour: tuple[int, int, int], size: tuple[int, int] = SIZE) -> Image.Image:
    """A surface of this mean colour with enough grain to count as sharp."""
    width, height = size
    grain = np.random.default_rng(7).normal(0, 12, (height, width, 1))
    return Image.fromarray((np.array(colour) + grain).clip(0, 255).astype(np.uint8))


class PictureFactory:
    """One method per kind of picture; costly ones are made once."""

    def leaf(self) -> bytes:
        """A green leaf on soil, sharp and bright enough for the tiny bundle: ``bean.healthy``."""
        return encoded(_leaf_image())

    def red(self) -> bytes:
        """Red-dominant: ``bean.rust`` for the tiny bundle."""
        return encoded(textured((190, 60, 50)))

    def blue(self) -> bytes:
        """Blue-dominant: ``not_a_plant`` for the tiny bundle."""
        return encoded(textured((50, 60, 190)))

    def grey(self) -> bytes:
        """Grey: the tiny bundle cannot tell anything."""
        return encoded(textured((128, 128, 128)))

    def yellow(self) -> bytes:
        """As red as green: for the tiny bundle a bean, but sick or healthy it cannot tell."""
        return encoded(textured((190, 190, 50)))

    def dark(self) -> bytes:
        """The leaf at night: ``too_dark``."""
        return encoded(_leaf_image().point(lambda value: value // 12))

    def blurred(self) -> bytes:
        """The leaf out of focus: ``blurred``."""
        return encoded(_leaf_image().filter(ImageFilter.GaussianBlur(12)))

    def blurred_blue(self) -> bytes:
        """Blue and nothing else: ``blurred``, and yet ``not_a_plant`` for the tiny bundle."""
        return encoded(Image.new("RGB", (320, 240), (50, 60, 190)))

    def tiny(self) -> bytes:
        """The leaf as a 40 x 30 thumbnail: ``too_small``."""
        return encoded(_leaf_image().resize((40, 30)))

    def empty(self) -> bytes:
        return b""

    def text(self) -> bytes:
        return b"Dear sirs, please find attached the leaf in question.\n"

    def gif(self) -> bytes:
        return encoded(_leaf_image(), "GIF")

    def webp(self) -> bytes:
        return encoded(_leaf_image(), "WEBP", quality=90)

    def png(self) -> bytes:
        return encoded(_leaf_image(), "PNG")

    def heic(self) -> bytes:
        """The first bytes of a HEIC, which is recognised and not decoded."""
        return struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"heic", 0, b"mif1", b"heic") + bytes(200)

    def truncated_jpeg(self) -> bytes:
        """The first half of a JPEG, as a broken connection leaves it."""
        return _first_half(self.leaf())

    def truncated_png(self) -> bytes:
        return _first_half(self.png())

    def truncated_webp(self) -> bytes:
        return _first_half(self.webp())

    def png16(self, value: int = 0x8000) -> bytes:
        """A 16-bit grey PNG of one value, 64 x 48."""
        return encoded(Image.fromarray(np.full((48, 64), value, dtype=np.uint16)), "PNG")

    def png16_rgb(self, colour: tuple[int, int, int] = (0xC000, 0x8000, 0x4000)) -> bytes:
        """A 16-bit RGB PNG of one colour, 64 x 48; assembled by hand, for Pillow cannot write one."""
        row = b"\0" + struct.pack(">3H", *colour) * 64
        header = struct.pack(">IIBBBBB", 64, 48, 16, 2, 0, 0, 0)
        return assembled_png(header, zlib.compress(row * 48))

    def palette_png_transparent(self) -> bytes:
        """A palette PNG, 64 x 48: left half opaque red, right half of a blue palette entry that is transparent."""
        image = Image.new("P", (64, 48))
        image.putpalette([255, 0, 0, 0, 0, 255])
        image.paste(1, (32, 0, 64, 48))
        return encoded(image, "PNG", transparency=1)

    def rgba_png(self, alpha: int = 0) -> bytes:
        """A blue PNG of this opacity, 64 x 48."""
        return encoded(Image.new("RGBA", (64, 48), (0, 0, 255, alpha)), "PNG")

    def cmyk_jpeg(self) -> bytes:
        """A CMYK JPEG as printers want it: red, 64 x 48."""
        return encoded(Image.new("CMYK", (64, 48), (0, 255, 255, 0)), quality=95)

    def exif_rotated(self, orientation: int, image_format: str = "JPEG") -> bytes:
        """A photo saved lying or mirrored, with the EXIF tag that says so.

        Set upright it is always 96 x 64 and shows ``QUADRANTS``.
        """
        image = Image.fromarray(np.ascontiguousarray(_as_stored(_upright_quadrants(), orientation)))
        exif = Image.Exif()
        exif[_EXIF_ORIENTATION] = orientation
        lossless = {"JPEG": {"quality": 95, "subsampling": 0}, "PNG": {}, "WEBP": {"lossless": True}}[image_format]
        return encoded(image, image_format, exif=exif, **lossless)

    @staticmethod
    @cache
    def bomb_png() -> bytes:
        """A PNG of a few kB that unpacks to 50 megapixels."""
        return encoded(Image.new("1", (8000, 6250)), "PNG", optimize=True)

    @staticmethod
    @cache
    def baseline_jpeg_50mp() -> bytes:
        """A sound JPEG of 50 megapixels, as the largest phone cameras make them; grey, so that it is made quickly."""
        return encoded(Image.new("L", (8000, 6250), 120))

    @staticmethod
    @cache
    def jpeg_12mp() -> bytes:
        """A 4000 x 3000 JPEG with structure at all scales, as a common phone makes them."""
        return encoded(_leaf_image().resize((4000, 3000), Image.Resampling.BICUBIC), quality=85)

    def transparent_png_4mp(self) -> bytes:
        return encoded(Image.new("RGBA", (2000, 2000), (0, 0, 255, 51)), "PNG", compress_level=1)

    def many_scans_jpeg(self) -> bytes:
        """A JPEG of 70 kB and 16 megapixels that is drawn over and over again."""
        return in_scans(4000, (4000, 4000))

    def many_segments_jpeg(self) -> bytes:
        """A JPEG with 14 MB of segments that hold nothing."""
        return with_segments(self.leaf(), segment(0xE1) * 3_500_000)

    def exif_pieces_jpeg(self) -> bytes:
        """A JPEG with 14 MB of EXIF in 900 pieces, of which a reader puts together ever longer ones."""
        return with_segments(self.leaf(), segment(0xE1, b"Exif\0\0" + bytes(16_000)) * 900)

    def many_chunks_png(self) -> bytes:
        """A PNG with 14 MB of chunks that hold nothing."""
        return with_chunks(self.png(), chunk(b"teSt") * 1_200_000)

    def strip(self) -> bytes:
        return encoded(textured(_LEAF, (900, 30)))


@cache
def _leaf_image() -> Image.Image:
    width, height = SIZE
    y, x = np.mgrid[0:height, 0:width]
    is_leaf = ((x - width / 2) / (0.47 * width)) ** 2 + ((y - height / 2) / (0.42 * height)) ** 2 < 1
    is_vein = is_leaf & ((abs(y - height / 2) < 2) | ((x + abs(y - height / 2)) % 40 < 2))
    picture = np.where(is_leaf[..., None], _LEAF, _SOIL) + 40 * is_vein[..., None]
    grain = np.random.default_rng(7).normal(0, 8, (height, width, 1))
    return Image.fromarray((picture + grain).clip(0, 255).astype(np.uint8))


def _first_half(photo: bytes) -> bytes:
    return photo[: len(photo) // 2]


def _upright_quadrants() -> npt.NDArray[np.uint8]:
    picture = np.empty((64, 96, 3), dtype=np.uint8)
    picture[:32, :48], picture[:32, 48:] = QUADRANTS["top_left"], QUADRANTS["top_right"]
    picture[32:, :48], picture[32:, 48:] = QUADRANTS["bottom_left"], QUADRANTS["bottom_right"]
    return picture


def _as_stored(upright: npt.NDArray[np.uint8], orientation: int) -> npt.NDArray[np.uint8]:
    """The pixels in the order in which a camera of this orientation stores them."""
    lying = upright.transpose(1, 0, 2)
    return {
        1: upright,
        2: upright[:, ::-1],  # first column shows the right side
        3: upright[::-1, ::-1],
        4: upright[::-1],  # first row shows the bottom
        5: lying,  # first row shows the left side, first column the top
        6: lying[::-1],  # right, top
        7: lying[::-1, ::-1],  # right, bottom
        8: lying[:, ::-1],  # left, bottom
    }[orientation]
