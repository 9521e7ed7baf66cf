"""Measures on pictures whose values can be worked out by hand, and limits at their edges."""

import numpy as np
import pytest

from majani.image.quality import Quality, QualityLimits, RetakeReason, measure, reasons_to_retake

SMALL, DARK, BLURRED = RetakeReason


def plain(colour: tuple[int, int, int], height: int = 300, width: int = 400) -> np.ndarray:
    return np.full((height, width, 3), colour, dtype=np.uint8)


@pytest.mark.parametrize(
    ("colour", "luminance"),
    [((0, 0, 0), 0), ((255, 255, 255), 255), ((255, 0, 0), 76), ((0, 255, 0), 150), ((0, 0, 255), 29)],
)
def test_luminance_weighs_colours_as_the_eye_does(colour: tuple[int, int, int], luminance: int) -> None:
    assert measure(plain(colour)).luminance == pytest.approx(luminance, abs=0.5)


@pytest.mark.parametrize(("height", "width"), [(300, 400), (400, 300), (300, 300)])
def test_side_is_the_short_one(height: int, width: int) -> None:
    assert measure(plain((9, 9, 9), height, width)).side_px == 300


def test_sharpness_is_the_variance_of_the_laplacian() -> None:
    stripes = plain((0, 0, 0), 256, 256)
    stripes[::2] = 255
    # Each pixel differs by 255 from two of its neighbours: the Laplacian is +510 and -510 by turns.
    assert measure(stripes).sharpness == pytest.approx(510**2)
    assert measure(stripes.transpose(1, 0, 2)).sharpness == pytest.approx(510**2)


@pytest.mark.parametrize(
    ("quality", "expected"),
    [
        pytest.param(Quality(100, 40, 50), (), id="at all limits"),
        pytest.param(Quality(99, 40, 50), (SMALL,), id="small"),
        pytest.param(Quality(100, 39.99, 50), (DARK,), id="dark"),
        pytest.param(Quality(100, 40, 49.99), (BLURRED,), id="blurred"),
        pytest.param(Quality(99, 39, 49), (SMALL, DARK, BLURRED), id="everything, in order of helpfulness"),
    ],
)
def test_limits_themselves_are_good_enough(quality: Quality, expected: tuple[RetakeReason, ...]) -> None:
    limits = QualityLimits(min_side_px=100, min_luminance=40, min_sharpness=50)
    assert reasons_to_retake(quality, limits) == expected
