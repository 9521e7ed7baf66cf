import numpy as np
import numpy.typing as npt
import pytest

from majani.image.decode import Pixels, decode
from tests.pictures import PictureFactory
from training.dataset.augmentation import training_augmentation


@pytest.fixture(scope="module")
def leaf(pictures: PictureFactory) -> Pixels:
    return decode(pictures.leaf())


def changed(leaf: Pixels, *, seed: int, times: int = 6) -> npt.NDArray[np.uint8]:
    augment = training_augmentation(side_px=64, min_crop_area=0.5, seed=seed)
    return np.stack([augment(leaf.copy()) for _ in range(times)])


@pytest.mark.parametrize("side_px", [48, 224])
def test_gives_squares_of_bytes(leaf: Pixels, side_px: int) -> None:
    augment = training_augmentation(side_px=side_px, min_crop_area=0.3, seed=1)
    for _ in range(30):
        pixels = augment(leaf.copy())
        assert (pixels.shape, pixels.dtype) == ((side_px, side_px, 3), np.uint8)


def test_a_leaf_stays_a_leaf(leaf: Pixels) -> None:
    """Green stays the strongest colour: hue says much about a disease, so it is moved a little only."""
    red, green, blue = changed(leaf, seed=3, times=40).mean(axis=(0, 1, 2))
    assert green > red > blue
