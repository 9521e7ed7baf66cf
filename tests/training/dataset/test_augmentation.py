import numpy as np
import pytest

from majani.image.decode import Pixels, decode
from tests.pictures import PictureFactory
from training.dataset.augmentation import training_augmentation
from training.settings import Phase


@pytest.fixture(scope="module")
def leaf(pictures: PictureFactory) -> Pixels:
    return decode(pictures.leaf())


def phase(**changes: float) -> Phase:
    return Phase.model_validate({"epochs": 1, "side_px": 64, "frozen_stages": 0, "min_crop_area": 0.5} | changes)


def test_a_leaf_stays_a_leaf(leaf: Pixels) -> None:
    """Green stays the strongest colour: hue says much about a disease, so it is moved a little only."""
    augment = training_augmentation(phase(), seed=3)
    made = np.stack([augment(leaf.copy()) for _ in range(40)])
    assert (made.shape, made.dtype) == ((40, 64, 64, 3), np.uint8)
    red, green, blue = made.mean(axis=(0, 1, 2))
    assert green > red > blue
