import numpy as np

from majani.image.decode import decode
from tests.pictures import PictureFactory
from training.dataset.augmentation import training_augmentation
from training.settings import Phase


def test_a_leaf_stays_a_leaf(pictures: PictureFactory) -> None:
    """Green stays the strongest colour: hue says much about a disease, so it is moved a little only."""
    phase = Phase(epochs=1, side_px=64, frozen_stages=0, min_crop_area=0.5)
    augment, leaf = training_augmentation(phase, seed=3), decode(pictures.leaf())
    made = np.stack([augment(leaf.copy()) for _ in range(40)])
    assert (made.shape, made.dtype) == ((40, 64, 64, 3), np.uint8)
    red, green, blue = made.mean(axis=(0, 1, 2))
    assert green > red > blue
