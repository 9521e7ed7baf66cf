"""What clients send."""

from io import BytesIO
from pathlib import Path

from PIL import Image

_SOURCE = "ibean"
_PHOTOS = 24
_SHORT_SIDE_PX = 256


def small_photos(mirror: Path) -> list[bytes]:
    """Real photos, small enough that storage is what keeps the service busy."""
    paths = sorted((mirror / _SOURCE).rglob("*.jpg"))
    return [_small(path) for path in paths[:: max(1, len(paths) // _PHOTOS)][:_PHOTOS]]


def _small(path: Path) -> bytes:
    buffer = BytesIO()
    with Image.open(path) as image:
        scale = _SHORT_SIDE_PX / min(image.size)
        small = image.convert("RGB").resize((round(image.width * scale), round(image.height * scale)))
    small.save(buffer, "JPEG")
    return buffer.getvalue()
