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


def test_a_photo_is_shown_smaller_where_it_is_zoomed_out() -> None:
    """A bright square in the middle of darkness covers less of the picture."""
    square = np.zeros((256, 256, 3), dtype=np.uint8)
    square[64:192, 64:192] = 255
    shares = {}
    for zoom_out in (1.0, 0.4):
        augment = training_augmentation(phase(zoom_out=zoom_out, min_crop_area=1.0), seed=1)
        shares[zoom_out] = min(float((augment(square.copy()).mean(axis=2) > 100).mean()) for _ in range(60))
    assert shares[0.4] < 0.7 * shares[1.0]
