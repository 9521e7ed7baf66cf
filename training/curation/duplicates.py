"""Pairs of photos that look alike, found among all pairs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Look:
    """What a photo is compared by.

    Attributes:
        phash: 64-bit perceptual hash.
        thumbnail: ``(32, 32, 3)`` int16, 0..255. Hashes of plain backgrounds collide; thumbnails tell those apart.
    """

    phash: int
    thumbnail: npt.NDArray[np.int16]


def similar_pairs(looks: Sequence[Look], *, distance: int, difference: float) -> list[tuple[int, int]]:
    """All pairs within both limits.

    Args:
        looks: The photos.
        distance: Largest Hamming distance of the hashes, in bits.
        difference: Largest mean absolute difference of the thumbnails, in grey levels.

    Returns:
        Pairs of positions, lower first.
    """
    hashes = np.array([look.phash for look in looks], dtype=np.uint64)
    pairs: list[tuple[int, int]] = []
    for one in range(len(looks)):
        close = np.flatnonzero(np.bitwise_count(hashes[one + 1 :] ^ hashes[one]) <= distance) + one + 1
        for other in close:
            apart = np.abs(looks[one].thumbnail - looks[int(other)].thumbnail).mean()
            if apart <= difference:
                pairs.append((one, int(other)))
    return pairs
