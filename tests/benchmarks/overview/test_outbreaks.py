"""The simulation tells quiet from loud for both methods, and its interval is that of a mean."""

import numpy as np
import pytest

from benchmarks.overview.outbreaks import c2, mean_interval, ours


@pytest.mark.parametrize("method", [ours, c2])
def test_methods_notice_what_everybody_would(method: object) -> None:
    cases = np.array([[2.0] * 12 + [40], [2] * 13])
    assert method(cases, cases + 58) == {0}  # type: ignore[operator]


@pytest.mark.parametrize(
    ("flagged", "expected"),
    [
        # A mean of m wrong signals leaves n pages without one in exp(-m n) of all cases, which is 0.025 for this m.
        pytest.param([0] * 200, (0, 0.0184), id="none"),
        pytest.param([0] * 199 + [1], (0, 0.0148), id="one"),
        pytest.param([4, 6] * 100, (4.861, 5.139), id="many"),
    ],
)
def test_no_wrong_signal_is_no_certainty(flagged: list[int], expected: tuple[float, float]) -> None:
    assert mean_interval(flagged) == pytest.approx(expected, abs=0.001)
