"""Where the network saw what it names: the grid, and the picture that is laid over the photo."""

from io import BytesIO

import numpy as np
from PIL import Image

from majani.model.heatmap import MAX_OPACITY, Heatmap, heatmap, render
from majani.model.predictor import Prediction


def prediction(activation: list[list[list[float]]]) -> Prediction:
    planes = np.array(activation, dtype=np.float32)
    return Prediction(np.ones(len(planes), dtype=np.float32), planes, np.zeros(3, dtype=np.float32))


def overlay(grid: Heatmap, width_px: int, height_px: int) -> Image.Image:
    image = Image.open(BytesIO(render(grid, width_px, height_px)))
    assert (image.format, image.mode) == ("PNG", "RGBA")
    return image


def test_is_strongest_where_the_evidence_for_the_class_is_relative_to_the_photo() -> None:
    both = prediction([[[0, 0], [0, 4]], [[4, 0], [0, 0]]])
    assert heatmap(both, 0).dtype == np.uint8
    np.testing.assert_array_equal(heatmap(both, 0), [[0, 0], [0, 255]])
    np.testing.assert_array_equal(heatmap(both, 1), [[255, 0], [0, 0]])
    for places in ([[0, 1, 2], [0, 0, 0]], [[90, 100, 110], [90, 90, 90]]):
        np.testing.assert_array_equal(heatmap(prediction([places]), 0), [[0, 85, 255], [0, 0, 0]])
    for value in (0.0, -7.5, 1e6):
        assert not heatmap(prediction([[[value] * 3] * 2]), 0).any(), "no place stands out"


def test_is_drawn_in_the_shape_of_the_photo() -> None:
    grid, long = np.zeros((9, 9), dtype=np.uint8), {(4000, 3000): (512, 384), (10_240, 512): (512, 26)}
    for photo, drawn in (long | {one: one for one in ((320, 240), (512, 26), (1, 1))}).items():
        assert overlay(grid, *photo).size == drawn
        assert overlay(grid, *photo[::-1]).size == drawn[::-1]


def test_is_drawn_strongest_in_the_right_place_and_leaves_the_photo_visible() -> None:
    grid = np.zeros((9, 9), dtype=np.uint8)
    grid[2, 6] = 255
    opacity = np.asarray(overlay(grid, 450, 450))[..., 3]
    top, left = np.unravel_index(opacity.argmax(), opacity.shape)
    assert 100 <= top < 150
    assert 300 <= left < 350
    assert MAX_OPACITY * 0.9 <= opacity.max() <= MAX_OPACITY
