"""Photos as phones send them, made from small real ones: enlarged, with a sensor's noise, so that files are as large.

Enlarging alone would leave smooth areas that compress to a tenth of what a camera writes, and a JPEG decoder's time
goes by the bytes as much as by the pixels.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

_SEED = 20_261_124
# Single leaves and whole plants in the field.
_SOURCES = ("ibean", "plantdoc", "groundnut", "bracol", "chilli", "sugarcane")


@dataclass(frozen=True)
class Kind:
    """A size of photo."""

    name: str
    title: str
    width_px: int
    height_px: int
    quality: int
    noise: float  # Standard deviation of the noise in grey levels, chosen for the size of the file


PHONE = Kind("12mp", "12 MP phone photo", 4000, 3000, quality=90, noise=6.5)
SMALL = Kind("1024px", "1024 px photo", 1024, 768, quality=85, noise=5.0)
KINDS = (PHONE, SMALL)


def pick(mirror: Path, count: int) -> list[Path]:
    """Photos of the mirror, the same ones each time, of as many sources as there are."""
    per_source = -(-count // len(_SOURCES))
    found: list[Path] = []
    for source in _SOURCES:
        paths = sorted(path for path in (mirror / source).rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
        found += paths[:: max(1, len(paths) // per_source)][:per_source]
    if len(found) < count:
        raise FileNotFoundError(f"{mirror} has {len(found)} of {count} photos in {', '.join(_SOURCES)}")
    return found[:count]


def enlarge(source: Path, kind: Kind, *, seed: int = _SEED) -> bytes:
    """One JPEG of ``kind`` from a photo of any size."""
    with Image.open(source) as image:
        large = image.convert("RGB").resize((kind.width_px, kind.height_px), Image.Resampling.BICUBIC)
    pixels = np.asarray(large, dtype=np.float32)
    # The same in all channels: most of a camera's noise is in its luminance once the phone has worked on it.
    noise = np.random.default_rng(seed).normal(0.0, kind.noise, pixels.shape[:2]).astype(np.float32)
    noisy = np.clip(pixels + noise[:, :, np.newaxis], 0, 255).astype(np.uint8)
    buffer = BytesIO()
    Image.fromarray(noisy).save(buffer, "JPEG", quality=kind.quality)
    return buffer.getvalue()
