"""Made-up pictures for golden vectors: small, and the same pixels on every machine."""

from collections.abc import Mapping
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from majani.image.decode import Pixels

_LEAF, _SOIL, _SPOT = (70, 150, 50), (120, 95, 70), (110, 60, 30)
_DIM = 6


def golden_pictures(min_side_px: int) -> Mapping[str, bytes]:
    """PNG files by what they show; all but the thumbnail are a little larger than the smallest accepted photo."""
    side_px = max(min_side_px + 16, 112)
    leaf = _leaf(side_px, spots=False)
    drawn = {
        "leaf": leaf,
        "spotted leaf": _leaf(side_px, spots=True),
        "leaf at night": leaf // _DIM,
        "blurred leaf": np.asarray(Image.fromarray(leaf).filter(ImageFilter.BoxBlur(5))),
        "thumbnail": leaf[: max(min_side_px - 1, 1), : max(min_side_px - 1, 1)],
        "stripes": _stripes(side_px),
    }
    return {name: _png(pixels) for name, pixels in drawn.items()}


def _leaf(side_px: int, *, spots: bool) -> Pixels:
    height, width = side_px, side_px * 4 // 3
    y, x = np.mgrid[0:height, 0:width]
    # Integers throughout: no rounding that machines could disagree on.
    is_leaf = ((2 * x - width) * height) ** 2 + ((2 * y - height) * width) ** 2 < (width * height) ** 2 * 4 // 5
    is_vein = is_leaf & ((abs(2 * y - height) < 4) | ((x + abs(y - height // 2)) % 24 < 2))
    picture = np.where(is_leaf[..., np.newaxis], _LEAF, _SOIL) + 30 * is_vein[..., np.newaxis]
    if spots:
        is_spot = is_leaf & ((x % 31 - 15) ** 2 + (y % 23 - 11) ** 2 < 30)
        picture = np.where(is_spot[..., np.newaxis], _SPOT, picture)
    return _grained(picture)


def _stripes(side_px: int) -> Pixels:
    y, x = np.mgrid[0:side_px, 0 : side_px * 4 // 3]
    return _grained(np.stack([x % 16 * 15, y % 16 * 15, (x + y) % 32 * 7], axis=-1))


def _grained(picture: npt.NDArray[np.int64]) -> Pixels:
    y, x = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]]
    grain = ((x * 73_856_093) ^ (y * 19_349_663)) // 64 % 25 - 12
    return np.asarray((picture + grain[..., np.newaxis]).clip(0, 255), dtype=np.uint8)


def _png(pixels: Pixels) -> bytes:
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG", compress_level=9)
    return buffer.getvalue()
