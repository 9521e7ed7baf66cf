import numpy as np
import pandas as pd
import pytest

from tests.tiny_bundle import tiny_bundle
from training.evaluation.figure_maker import FigureMaker
from training.settings import EvaluateParams

BUNDLE = tiny_bundle()
MAKE = FigureMaker(BUNDLE, EvaluateParams(seed=1, resamples=500), command="dvc repro stress_test")
ALONE = pd.Series([f"g{number}" for number in range(100)])


def test_points_are_those_of_the_same_photos() -> None:
    first, second = np.arange(100) < 80, np.arange(100) < 60
    figure = MAKE.points("gained", first, second, ALONE)
    assert (figure.value, figure.unit, figure.n) == (20, "points", 100)
    # 20 of 100 differ, so the standard error is 4 points; unpaired it would be 6.3.
    assert figure.low == pytest.approx(20 - 1.96 * 4, abs=2.5)
    assert figure.high == pytest.approx(20 + 1.96 * 4, abs=2.5)


def test_a_share_resamples_whole_groups() -> None:
    right = np.arange(100) % 2 == 1
    apart = MAKE.share("right", right, ALONE)
    together = MAKE.share("right", right, pd.Series([f"g{number // 2}" for number in range(100)]))
    assert apart.value == together.value == 50
    assert apart.low == pytest.approx(40, abs=4)
    # Every group has the same share.
    assert (together.low, together.high) == (50, 50)
