import cv2
import numpy as np
import pytest

from majani.image.decode import Pixels
from training.dataset.background import MASK_SIDE_PX, leaf_mask, replace_background

SIDE = 256
GREY, GREEN = (128, 124, 126), (60, 130, 40)


def leaf_on(ground: tuple[int, int, int], *, radius: tuple[int, int] = (60, 90)) -> Pixels:
    """An oval leaf with brown spots, some noise over all."""
    picture = np.full((SIDE, SIDE, 3), ground, dtype=np.uint8)
    cv2.ellipse(picture, (128, 128), radius, 20, 0, 360, GREEN, -1)
    for place in ((110, 100), (140, 150)):
        cv2.circle(picture, place, 9, (120, 80, 40), -1)
    noise = np.random.default_rng(1).normal(0, 4, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def test_finds_the_whole_leaf_with_its_spots_and_nothing_else() -> None:
    truth = np.zeros((SIDE, SIDE), dtype=np.uint8)
    cv2.ellipse(truth, (128, 128), (60, 90), 20, 0, 360, 255, -1)
    small = cv2.resize(truth, (MASK_SIDE_PX, MASK_SIDE_PX), interpolation=cv2.INTER_AREA) > 127
    found = leaf_mask(leaf_on(GREY))
    assert (found.shape, found.dtype) == ((MASK_SIDE_PX, MASK_SIDE_PX), np.uint8)
    assert set(np.unique(found)) == {0, 255}
    overlap = (small & (found > 0)).sum() / (small | (found > 0)).sum()
    assert overlap > 0.95


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(np.full((SIDE, SIDE, 3), GREY, dtype=np.uint8), id="no leaf"),
        pytest.param(leaf_on(GREY, radius=(14, 18)), id="a tiny leaf"),
        pytest.param(leaf_on(GREY, radius=(170, 170)), id="a leaf that fills the photo"),
        pytest.param(leaf_on((62, 128, 44)), id="green on green"),
    ],
)
def test_gives_up_where_leaf_and_ground_are_not_apart(pixels: Pixels) -> None:
    assert not leaf_mask(pixels).any()


def test_puts_the_leaf_before_the_other_photo() -> None:
    leaf = leaf_on(GREY)
    other = np.full((SIDE, SIDE, 3), (10, 20, 200), dtype=np.uint8)
    mixed = replace_background(leaf, leaf_mask(leaf), other)
    assert (mixed.shape, mixed.dtype) == (leaf.shape, np.uint8)
    assert (mixed[:20, :20] == other[:20, :20]).all()
    assert (mixed[118:138, 118:138] == leaf[118:138, 118:138]).all()
