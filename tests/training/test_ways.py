import numpy as np

from training.bundle.embedding import WAYS


def test_a_photo_is_seen_as_it_was_taken_and_in_seven_other_ways() -> None:
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    seen = [way(pixels) for way in WAYS]
    assert (seen[0] == pixels).all()
    assert len({(one.shape, one.tobytes()) for one in seen}) == 8
    assert all(sorted(one.ravel()) == sorted(pixels.ravel()) for one in seen)
