import numpy as np
import pytest

from majani.image.decode import Pixels, decode
from tests.pictures import PictureFactory
from training.dataset.augmentation import training_augmentation


@pytest.fixture(scope="module")
def leaf(pictures: PictureFactory) -> Pixels:
    return decode(pictures.leaf())


@pytest.mark.parametrize("side_px", [48, 224])
def test_gives_squares_of_bytes(leaf: Pixels, side_px: int) -> None:
    augment = training_augmentation(side_px=side_px, min_crop_area=0.3, seed=1)
    for _ in range(30):
        pixels = augment(leaf.copy())
        assert (pixels.shape, pixels.dtype) == ((side_px, side_px, 3), np.uint8)


def test_a_leaf_stays_a_leaf(leaf: Pixels) -> None:
    """Green stays the strongest colour: hue says much about a disease, so it is moved a little only."""
    augment = training_augmentation(side_px=64, min_crop_area=0.5, seed=3)
    red, green, blue = np.stack([augment(leaf.copy()) for _ in range(40)]).mean(axis=(0, 1, 2))
    assert green > red > blue
