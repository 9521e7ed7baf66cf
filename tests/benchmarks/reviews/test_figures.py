"""Figures of simulated rounds do not claim more than their test photos can tell."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from benchmarks.reviews.figures import share
from training.settings import EvaluateParams

# Twenty leaves with two photos each, and others that are not asked about.
GROUPS = pd.DataFrame({"group": [f"g{number // 2}" for number in range(40)] + ["elsewhere"] * 10})
SCENE = SimpleNamespace(
    test=SimpleNamespace(rows=GROUPS), params=SimpleNamespace(evaluate=EvaluateParams(seed=1, resamples=100))
)
ASKED = np.arange(50) < 40


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        # Exact: the share at which 20 of 20 happen in 2.5 % of the cases, 0.025 ** (1 / 20).
        pytest.param(1.0, (100, 83.16, 100), id="all right"),
        pytest.param(0.0, (0, 0, 16.84), id="none right"),
    ],
)
def test_what_is_always_right_in_a_few_photos_need_not_be_so_in_others(
    right: float, expected: tuple[float, float, float]
) -> None:
    found = share(SCENE, "", np.full(50, right), ASKED)  # type: ignore[arg-type]
    assert (found.value, found.low, found.high) == pytest.approx(expected, abs=0.01)
    assert found.n == 40
