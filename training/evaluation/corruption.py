"""Photos as bad as fields, hands and networks make them, for asking how much an answer loses by it.

Pure functions of pixels, at three severities: 1 is met every day, 2 now and then, 3 is the worst that a person would
still send. None of them is used in training, whose own changes are milder and mixed; see
:mod:`training.dataset.augmentation`.
"""

import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Literal, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from numpy.random import Generator
from PIL import Image

from majani.image.decode import Pixels, decode

Severity: TypeAlias = Literal[1, 2, 3]
SEVERITIES: tuple[Severity, ...] = (1, 2, 3)

# Of the curve between light and stored value, nearly; doubling the light multiplies a value by 2 ** (1 / 2.2).
_GAMMA = 2.2


def corrupt(pixels: Pixels, *, name: str, severity: Severity, seed: int) -> Pixels:
    """Change one photo.

    Chance depends on the seed and on the photo itself, so it is the same whichever photos were changed before.

    Args:
        pixels: ``(H, W, 3)`` uint8 RGB; not modified.
        name: One of :data:`CORRUPTIONS`.
        severity: 1 to 3.
        seed: For noise, and for the direction of a rotation.

    Raises:
        KeyError: If there is no such corruption.
    """
    change, strengths = _KINDS[name]
    random = np.random.default_rng([seed, zlib.crc32(pixels.tobytes())])
    return change(pixels, strengths[severity - 1], random)


def _expose(pixels: Pixels, stops: float, _: Generator) -> Pixels:
    return _as_pixels(pixels.astype(np.float64) * 2 ** (stops / _GAMMA))


def _blur(pixels: Pixels, share: float, _: Generator) -> Pixels:
    sigma = share * min(pixels.shape[:2])
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101), dtype=np.uint8)


def _compress(pixels: Pixels, quality: float, _: Generator) -> Pixels:
    encoded = BytesIO()
    Image.fromarray(pixels).save(encoded, "JPEG", quality=int(quality))
    return decode(encoded.getvalue(), short_side_px=min(pixels.shape[:2]))


def _add_noise(pixels: Pixels, deviation: float, random: Generator) -> Pixels:
    return _as_pixels(pixels + random.normal(0, deviation, pixels.shape))


def _rotate(pixels: Pixels, degrees: float, random: Generator) -> Pixels:
    height, width = pixels.shape[:2]
    centre = ((width - 1) / 2, (height - 1) / 2)
    turn = cv2.getRotationMatrix2D(centre, degrees * random.choice([-1, 1]), 1.0)
    # Corners are mirrored in: black ones would be a mark that no real photo has.
    turned = cv2.warpAffine(pixels, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(turned, dtype=np.uint8)


def _step_back(pixels: Pixels, factor: float, _: Generator) -> Pixels:
    """Zoom out: the photo shrunk, its own mirror images around it, as on a plant that has more such leaves."""
    height, width = pixels.shape[:2]
    small = (max(1, round(height / factor)), max(1, round(width / factor)))
    shrunk = cv2.resize(pixels, (small[1], small[0]), interpolation=cv2.INTER_AREA)
    top, left = (height - small[0]) // 2, (width - small[1]) // 2
    around = ((top, height - small[0] - top), (left, width - small[1] - left), (0, 0))
    return np.asarray(np.pad(shrunk, around, mode="symmetric"), dtype=np.uint8)


def _as_pixels(values: npt.NDArray[np.float64]) -> Pixels:
    return np.asarray(values.round().clip(0, 255), dtype=np.uint8)


# What is done, and how strongly at each severity.
_KINDS: Mapping[str, tuple[Callable[[Pixels, float, Generator], Pixels], tuple[float, float, float]]] = {
    # Stops of light. A phone keeps within one by day; two are deep shade before a bright sky, three are dusk.
    "dark": (_expose, (-1, -2, -3)),
    # Half a stop is a glossy leaf in the sun; one and a half burn out all that was brighter than 159 of 255.
    "bright": (_expose, (0.5, 1, 1.5)),
    # Standard deviation as a share of the short side; of 256 px these are 1, 2 and 4. Small lesions are some 1/50 wide.
    "blur": (_blur, (1 / 256, 2 / 256, 4 / 256)),
    # Quality. Messengers send at about 50 and lower on bad networks, and a forwarded photo is compressed again.
    "jpeg": (_compress, (50, 25, 10)),
    # Grey levels. A cheap sensor has some 6 indoors; 24 is one at dusk whose noise nothing has smoothed.
    "noise": (_add_noise, (6, 12, 24)),
    # Degrees to either side. Training turns by right angles and up to 30 more, so nothing is farther off than 45.
    "rotation": (_rotate, (15, 30, 45)),
    # How many times as far away. Test photos are small, so a leaf at three times has 85 px; a phone's would have more.
    "zoom_out": (_step_back, (1.5, 2, 3)),
}
CORRUPTIONS = tuple(_KINDS)
