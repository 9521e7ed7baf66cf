"""Photo bytes to upright RGB pixels of bounded size: the only decoder in the project.

Training, service and command line all read photos through :func:`decode`, so there is no second preprocessing that
could differ. Nothing here knows about leaves; :mod:`majani.image.quality` judges a photo.
"""

import math
from collections.abc import Sequence
from io import BytesIO
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from majani.errors import ErrorCode, PhotoError
from majani.image.container import JPEG_START, PNG_START, read_contents, read_orientation

Pixels: TypeAlias = npt.NDArray[np.uint8]

ACCEPTED_FORMATS = ("JPEG", "PNG", "WEBP")
# Common phones save up to 12 MB per photo; more is a mistake or an attack.
MAX_PHOTO_BYTES = 16 * 1024 * 1024
# A baseline JPEG of one scan is decoded at 1/8 scale row by row, so even a 64-megapixel phone photo stays cheap.
# Everything else is held whole while decoding. Measured in bytes per pixel: PNG 4 to 5, a JPEG of several scans 6
# (CMYK 8), WebP 16 (lossless 20), whose library draws on two canvases. With a file of at most 16 MB held twice, that is
# up to 160 MB for a JPEG and 290 MB for WebP. A noisy progressive JPEG takes 30 ms per megapixel; cameras write none.
MAX_BASELINE_JPEG_PIXELS = 64_000_000
MAX_OTHER_JPEG_PIXELS = 16_000_000
# PNG and WebP decode at full scale only, 10 to 20 ms per megapixel. Phones save screenshots and edited photos in these:
# at most 4160 x 3120.
MAX_OTHER_PIXELS = 13_000_000
# Of all photos of one case that are held whole. Messengers write progressive JPEGs of 2 megapixels.
MAX_HELD_PIXELS = 26_000_000
# A quarter more than the network looks at, for its antialiased resize to average over. The usual 12-megapixel photo,
# 3000 px high, is decoded at 1/8 scale then; with a longer side it would be 1/4, at a fifth more work per answer.
TARGET_SHORT_SIDE_PX = 360
# A strip narrower than 1:20 has no leaf in it, and squashing it to a square would invent one.
MAX_ASPECT = 20

# 4 MB of a transparent picture while it is laid on white; the whole of a usual photo, decoded at 1/8 scale.
_STRIP_PIXELS = 250_000
# As `ftyp` names pictures coded with HEVC, single or in a sequence, and pictures of any coding.
_HEIC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"))
_ORIENTATION_TAG = 0x0112
_SIXTEEN_BIT_MODES = ("I;16", "I;16L", "I;16B")


def decode(data: bytes, *, short_side_px: int = TARGET_SHORT_SIDE_PX) -> Pixels:
    """Decode one photo in one size, by default the network's; see :func:`decode_sizes`."""
    return decode_sizes(data, (short_side_px,))[0]


def decode_sizes(data: bytes, short_sides_px: Sequence[int]) -> tuple[Pixels, ...]:
    """Decode one photo in several sizes. Only a JPEG is decoded once per size, because its scale makes it cheap.

    Transparent areas become white, as every viewer shows them; of an animation the first frame is taken. The format is
    recognised by content, never by name. A result's short side is at least the size asked for (or the photo's own, if
    smaller) and less than twice that.

    Returns:
        For each size ``(H, W, 3)`` uint8, RGB, upright, C-contiguous and writable.

    Raises:
        PhotoError: ``photo_empty``, ``photo_too_large``, ``photo_unsupported`` (not a JPEG, PNG or WebP),
            ``heic_not_supported``, ``photo_too_many_pixels`` or ``photo_broken`` (truncated or corrupt).
    """
    if not data:
        raise PhotoError(ErrorCode.PHOTO_EMPTY, "the file has 0 bytes")
    if len(data) > MAX_PHOTO_BYTES:
        raise PhotoError(ErrorCode.PHOTO_TOO_LARGE, f"the file has {len(data)} bytes; at most {MAX_PHOTO_BYTES} fit")
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        raise PhotoError(ErrorCode.HEIC_NOT_SUPPORTED, "the file is a HEIC")
    contents = read_contents(data)
    is_jpeg = data.startswith(JPEG_START)
    picture = contents.data()
    image = _open(picture)
    _refuse_unreasonable_size(image.size, _most_pixels(is_jpeg=is_jpeg, is_streamed=contents.is_streamed))
    orientation = read_orientation(contents.exif or image.info.get("exif", b""))
    results: list[Pixels] = []
    for sides_px in [(side_px,) for side_px in short_sides_px] if is_jpeg else [tuple(short_sides_px)]:
        if results:
            image = _open(picture)
        try:
            image.draft("RGB", (sides_px[0], sides_px[0]))
            image.load()
            results += _reduced_in_strips(image, sides_px)
        # Pillow's plugins raise almost any built-in type on crafted files; for the sender they all mean the same.
        except Exception as error:
            raise PhotoError(
                ErrorCode.PHOTO_BROKEN, f"a {image.format} of {len(data)} bytes cannot be decoded"
            ) from error
    return tuple(np.ascontiguousarray(_upright(pixels, orientation)) for pixels in results)


def pixels_of(image: Image.Image | Pixels) -> Pixels:
    """Reduce a photo that is decoded already, a Pillow image or ``(H, W, 3)`` uint8 RGB, as :func:`decode` does.

    A PNG gives the same pixels either way; a JPEG's differ a little, because decode reads it at a smaller scale.

    Returns:
        As :func:`decode`; a Pillow image upright by its EXIF orientation.

    Raises:
        PhotoError: ``photo_empty``, ``photo_too_many_pixels``, ``photo_unsupported`` (a strip) or ``photo_broken`` (a
            Pillow image whose file cannot be decoded).
    """
    size = image.size if isinstance(image, Image.Image) else (image.shape[1], image.shape[0])
    if 0 in size:
        raise PhotoError(ErrorCode.PHOTO_EMPTY, f"{size[0]} x {size[1]} pixels")
    _refuse_unreasonable_size(size, MAX_BASELINE_JPEG_PIXELS)
    opened = image if isinstance(image, Image.Image) else Image.fromarray(image)
    try:
        [pixels] = _reduced_in_strips(opened, (TARGET_SHORT_SIDE_PX,))
        orientation = opened.getexif().get(_ORIENTATION_TAG, 1)
    # Pillow reads a file only now; its plugins raise anything, as in decode_sizes.
    except Exception as error:
        raise PhotoError(ErrorCode.PHOTO_BROKEN, f"a Pillow image of mode {opened.mode} cannot be decoded") from error
    return np.ascontiguousarray(_upright(pixels, orientation))


def held_pixels(data: bytes) -> int:
    """How many pixels decoding holds whole: 0 for a JPEG that is read row by row, and for what cannot be opened."""
    try:
        contents = read_contents(data)
        return 0 if contents.is_streamed else math.prod(_open(contents.data()).size)
    except PhotoError:
        return 0


def photo_work(data: bytes) -> float:
    """Estimate what a photo takes from decoding to answer, in usual photos of 12 megapixels, by its header alone.

    A picture that is held whole takes half of a usual photo for each megapixel, measured: flat lossless WebP 10 ms,
    a progressive JPEG 7 ms, where the usual photo takes 25 ms.
    """
    return 1 + held_pixels(data) / 2_000_000


def _most_pixels(*, is_jpeg: bool, is_streamed: bool) -> int:
    if is_streamed:
        return MAX_BASELINE_JPEG_PIXELS
    return MAX_OTHER_JPEG_PIXELS if is_jpeg else MAX_OTHER_PIXELS


def _reduced_in_strips(image: Image.Image, short_sides_px: Sequence[int]) -> list[Pixels]:
    """Convert and reduce some rows at a time; strips end where averages end, so the results are those of the whole."""
    width, height = image.size
    factors = [max(1, min(width, height) // side_px) for side_px in short_sides_px]
    shared = math.lcm(*factors)
    rows = shared * max(1, _STRIP_PIXELS // (width * shared))
    strips: list[list[Pixels]] = [[] for _ in factors]
    for top in range(0, height, rows):
        strip = _as_rgb(image.crop((0, top, width, min(top + rows, height))))
        for reduced, factor in zip(strips, factors, strict=True):
            reduced.append(np.asarray(_reduced(strip, factor), dtype=np.uint8))
    return [np.concatenate(reduced) for reduced in strips]


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(BytesIO(data), formats=ACCEPTED_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoError(ErrorCode.PHOTO_TOO_MANY_PIXELS, "the photo has far too many pixels") from error
    # As in decode: an unknown format is one type, but a corrupt header may raise any other.
    except Exception as error:
        if _begins_like_accepted(data):
            raise PhotoError(ErrorCode.PHOTO_BROKEN, f"{len(data)} bytes with a damaged header") from error
        accepted = ", ".join(ACCEPTED_FORMATS)
        raise PhotoError(ErrorCode.PHOTO_UNSUPPORTED, f"the content is none of {accepted}") from error


def _begins_like_accepted(data: bytes) -> bool:
    return data.startswith((JPEG_START, PNG_START)) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def _refuse_unreasonable_size(size: tuple[int, int], limit: int) -> None:
    width, height = size
    if width * height > limit:
        raise PhotoError(
            ErrorCode.PHOTO_TOO_MANY_PIXELS, f"{width} x {height} pixels; at most {limit} fit for this format"
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise PhotoError(ErrorCode.PHOTO_UNSUPPORTED, f"{width} x {height} pixels: a strip, not a photo")


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    lying = pixels.transpose(1, 0, 2)
    return {
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: lying,
        6: lying[:, ::-1],
        7: lying[::-1, ::-1],
        8: lying[::-1],
    }.get(orientation, pixels)


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode in _SIXTEEN_BIT_MODES or image.mode == "I":
        # Pillow's own conversion clips 16-bit values at 255, which would turn the photo white.
        values = np.asarray(image).astype(np.uint32) >> 8
        return Image.fromarray(values.clip(0, 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image.convert("RGB")


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    return image.reduce(factor) if factor > 1 else image
