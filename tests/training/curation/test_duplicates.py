import numpy as np
import pytest

from training.curation.duplicates import Fingerprint, similar_pairs


def look(phash: int, grey: float = 0) -> Fingerprint:
    return Fingerprint(phash=phash, thumbnail=np.full((32, 32, 3), grey, dtype=np.int16))


@pytest.mark.parametrize(
    ("fingerprints", "expected"),
    [
        pytest.param([], [], id="no photos"),
        pytest.param([look(5, 9), look(5, 9)], [(0, 1)], id="equal"),
        pytest.param([look(0b000), look(0b011)], [(0, 1)], id="two bits apart"),
        pytest.param([look(0b000), look(0b111)], [], id="three bits apart"),
        pytest.param([look(0, 100), look(0, 104)], [(0, 1)], id="four levels apart"),
        pytest.param([look(0, 100), look(0, 105)], [], id="five levels apart"),
        pytest.param([look(0, 0), look(0, 255)], [], id="white and black"),
        pytest.param([look(2**64 - 1), look(2**63 - 1)], [(0, 1)], id="the highest bit counts as one"),
        pytest.param([look(0), look(7 << 40), look(0), look(7 << 40)], [(0, 2), (1, 3)], id="lower position first"),
        pytest.param([look(0), look(0), look(0)], [(0, 1), (0, 2), (1, 2)], id="all pairs"),
    ],
)
def test_pairs_within_both_limits(fingerprints: list[Fingerprint], expected: list[tuple[int, int]]) -> None:
    assert similar_pairs(fingerprints, distance=2, difference=4.0) == expected


def test_a_small_change_somewhere_is_averaged() -> None:
    one, other = look(0), look(0)
    other.thumbnail[:8] = 16
    assert similar_pairs([one, other], distance=0, difference=4.0) == [(0, 1)]
    assert similar_pairs([one, other], distance=0, difference=3.9) == []
