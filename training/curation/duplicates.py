"""Pairs of photos that look alike, found among all pairs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Fingerprint:
    """A photo's 64-bit perceptual hash, and its thumbnail ``(32, 32, 3)`` int16, 0..255.

    Hashes of plain backgrounds collide; thumbnails tell those apart.
    """

    phash: int
    thumbnail: npt.NDArray[np.int16]


def similar_pairs(fingerprints: Sequence[Fingerprint], *, distance: int, difference: float) -> list[tuple[int, int]]:
    """All pairs of positions, lower first, within both limits.

    Args:
        fingerprints: The photos.
        distance: Largest Hamming distance of the hashes, in bits.
        difference: Largest mean absolute difference of the thumbnails, in grey levels.
    """
    hashes = np.array([fingerprint.phash for fingerprint in fingerprints], dtype=np.uint64)
    pairs: list[tuple[int, int]] = []
    for index in range(len(fingerprints)):
        close = np.flatnonzero(np.bitwise_count(hashes[index + 1 :] ^ hashes[index]) <= distance) + index + 1
        for other in close:
            apart = np.abs(fingerprints[index].thumbnail - fingerprints[int(other)].thumbnail).mean()
            if apart <= difference:
                pairs.append((index, int(other)))
    return pairs
