"""Measures on pictures whose values can be worked out by hand, and limits at their edges."""

import numpy as np
import pytest

from majani.image.quality import Quality, QualityLimits, RetakeReason, measure, reasons_to_retake

LIMITS = QualityLimits(min_side_px=100, min_luminance=40, min_sharpness=50)
GOOD = Quality(side_px=100, luminance=40, sharpness=50)


def plain(colour: tuple[int, int, int], height: int = 300, width: int = 400) -> np.ndarray:
    return np.full((height, width, 3), colour, dtype=np.uint8)


class TestMeasure:
    @pytest.mark.parametrize(
        ("colour", "luminance"),
        [((0, 0, 0), 0), ((255, 255, 255), 255), ((255, 0, 0), 76), ((0, 255, 0), 150), ((0, 0, 255), 29)],
    )
    def test_luminance_weighs_colours_as_the_eye_does(self, colour: tuple[int, int, int], luminance: int) -> None:
        assert measure(plain(colour)).luminance == pytest.approx(luminance, abs=0.5)

    @pytest.mark.parametrize(("height", "width"), [(300, 400), (400, 300), (300, 300)])
    def test_side_is_the_short_one(self, height: int, width: int) -> None:
        assert measure(plain((9, 9, 9), height, width)).side_px == 300

    def test_sharpness_is_the_variance_of_the_laplacian(self) -> None:
        stripes = plain((0, 0, 0), 256, 256)
        stripes[::2] = 255
        # Each pixel differs by 255 from two of its neighbours: the Laplacian is +510 and -510 by turns.
        assert measure(stripes).sharpness == pytest.approx(510**2)
        assert measure(stripes.transpose(1, 0, 2)).sharpness == pytest.approx(510**2)


class TestReasons:
    @pytest.mark.parametrize(
        ("quality", "expected"),
        [
            (GOOD, ()),
            (Quality(99, 40, 50), (RetakeReason.TOO_SMALL,)),
            (Quality(100, 39.99, 50), (RetakeReason.TOO_DARK,)),
            (Quality(100, 40, 49.99), (RetakeReason.BLURRED,)),
            (Quality(99, 39, 49), (RetakeReason.TOO_SMALL, RetakeReason.TOO_DARK, RetakeReason.BLURRED)),
        ],
        ids=["at all limits", "small", "dark", "blurred", "everything, in order of helpfulness"],
    )
    def test_limits_themselves_are_good_enough(self, quality: Quality, expected: tuple[RetakeReason, ...]) -> None:
        assert reasons_to_retake(quality, LIMITS) == expected
