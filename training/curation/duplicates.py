"""Pairs of photos that look alike, found among all pairs, and the groups that pairs make."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import DisjointSet


@dataclass(frozen=True)
class Fingerprint:
    """A photo's 64-bit perceptual hash, and its thumbnail ``(32, 32, 3)`` int16, 0..255.

    Hashes of plain backgrounds collide; thumbnails tell those apart.
    """

    phash: int
    thumbnail: npt.NDArray[np.int16]


def similar_pairs(
    fingerprints: Sequence[Fingerprint | None], *, distance: int, difference: float
) -> list[tuple[int, int]]:
    """All pairs of positions, lower first, within both limits.

    Args:
        fingerprints: The photos; one that cannot be opened has none, and is like no other.
        distance: Largest Hamming distance of the hashes, in bits.
        difference: Largest mean absolute difference of the thumbnails, in grey levels.
    """
    known = [(position, found) for position, found in enumerate(fingerprints) if found is not None]
    hashes = np.array([found.phash for _, found in known], dtype=np.uint64)
    pairs: list[tuple[int, int]] = []
    for index, (position, found) in enumerate(known):
        close = np.flatnonzero(np.bitwise_count(hashes[index + 1 :] ^ hashes[index]) <= distance) + index + 1
        for later, other in (known[place] for place in close):
            if np.abs(found.thumbnail - other.thumbnail).mean() <= difference:
                pairs.append((position, later))
    return pairs


def joined(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Positions below ``count`` in sets, each in order, that the pairs make."""
    sets = DisjointSet(range(count))
    for first, other in pairs:
        sets.merge(first, other)
    return [sorted(members) for members in sets.subsets()]


def group_names(photos: Sequence[str], pairs: Iterable[tuple[int, int]]) -> list[str]:
    """The group of each photo, called after the first one in it; pairs are of one group."""
    first_of = {member: members[0] for members in joined(len(photos), pairs) for member in members}
    return [photos[first_of[position]] for position in range(len(photos))]
