"""Sound photos in every accepted format, to be damaged."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from benchmarks.serving_speed.photo import pick
from majani.image.decode import decode

_PHOTOS = 12
# Small photos go through the same code as large ones, but more of them in the same time.
_SIDE_PX = 320
_ORIENTATION_TAG = 0x0112


def originals(mirror: Path) -> Sequence[bytes]:
    """Real photos from the mirror as JPEG, progressive JPEG, PNG and WebP, all with EXIF."""
    return [data for path in pick(mirror, _PHOTOS) for data in _in_all_formats(path)]


def _in_all_formats(path: Path) -> Sequence[bytes]:
    image = Image.fromarray(decode(path.read_bytes(), short_side_px=_SIDE_PX))
    image.thumbnail((_SIDE_PX * 2, _SIDE_PX * 2))
    exif = Image.Exif()
    exif[_ORIENTATION_TAG] = 6

    def written(image_format: str, **options: object) -> bytes:
        buffer = BytesIO()
        image.save(buffer, image_format, exif=exif, **options)
        return buffer.getvalue()

    return [
        written("JPEG", quality=80),
        written("JPEG", quality=80, progressive=True),
        written("PNG"),
        written("WEBP", quality=80),
    ]
