import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from training.evaluation.intervals import difference_interval, share_interval
from training.settings import Resampling


def alone(count: int) -> "pd.Series[str]":
    return pd.Series([f"g{number}" for number in range(count)])


def rights(right: int, of: int) -> npt.NDArray[np.bool_]:
    return np.arange(of) < right


@pytest.mark.parametrize(
    ("right", "of", "expected", "error"),
    [
        # Normal approximation: p -+ 1.96 sqrt(p (1 - p) / n).
        pytest.param(200, 400, (0.451, 0.549), 0.006, id="half of 400"),
        pytest.param(320, 400, (0.761, 0.839), 0.006, id="four fifths of 400"),
        # Exact: the share at which 20 of 20 happen in 2.5 % of the cases, 0.025 ** (1 / 20).
        pytest.param(20, 20, (0.8316, 1.0), 1e-4, id="all right"),
        pytest.param(0, 20, (0.0, 0.1684), 1e-4, id="none right"),
    ],
)
def test_single_photos_give_the_binomial_interval(
    right: int, of: int, expected: tuple[float, float], error: float
) -> None:
    found = share_interval(rights(right, of), alone(of), Resampling(seed=1, resamples=2000))
    assert found == pytest.approx(expected, abs=error)


def test_a_handful_of_groups_makes_no_narrow_interval() -> None:
    """Three bursts that are each nearly right say little about the next one; so does a single one."""
    right = np.array(([True] * 8 + [False]) * 3)
    low, high = share_interval(
        right, pd.Series([f"g{place // 9}" for place in range(27)]), Resampling(seed=1, resamples=200)
    )
    assert (low, high) == (pytest.approx(0.2, abs=0.1), pytest.approx(1.0, abs=0.01))
    alone = share_interval(right, pd.Series(["g"] * 27), Resampling(seed=1, resamples=200))
    assert alone[1] - alone[0] > 0.8


def test_bursts_widen_the_interval() -> None:
    right = np.repeat(rights(30, 40), 9)
    bursts = pd.Series([f"g{number}" for number in np.repeat(np.arange(40), 9)])
    low, high = share_interval(right, alone(len(right)), Resampling(seed=1, resamples=1000))
    low_of_bursts, high_of_bursts = share_interval(right, bursts, Resampling(seed=1, resamples=1000))
    # Nine photos that stand or fall together are worth one: three times the width.
    assert (high_of_bursts - low_of_bursts) / (high - low) == pytest.approx(3, rel=0.15)


def test_equal_answers_are_no_proof_that_there_is_no_difference() -> None:
    low, high = difference_interval(rights(7, 20), rights(7, 20), alone(20), Resampling(seed=1, resamples=100))
    # Exact: what differs in one photo of 0.1684 stays unseen in 20 of them in 2.5 % of the cases.
    assert (low, high) == pytest.approx((-0.1684, 0.1684), abs=1e-4)


@pytest.mark.parametrize(
    ("gained", "lost", "is_sure"),
    [
        # The exact test of signs: 2 * 0.5 ** 5 is more than 5 %, 2 * 0.5 ** 6 is less.
        pytest.param(5, 0, False, id="5 to 0"),
        pytest.param(6, 0, True, id="6 to 0"),
        pytest.param(7, 1, False, id="7 to 1"),
        pytest.param(8, 1, True, id="8 to 1"),
    ],
)
def test_a_handful_of_photos_makes_a_difference_only_if_they_agree(gained: int, lost: int, is_sure: bool) -> None:
    place = np.arange(400)
    first, second = place < gained, (place >= gained) & (place < gained + lost)
    low, high = difference_interval(first, second, alone(400), Resampling(seed=1, resamples=1000))
    assert (low > 0) == is_sure
    assert difference_interval(second, first, alone(400), Resampling(seed=1, resamples=1000)) == pytest.approx(
        (-high, -low), abs=0.003
    )
    assert low < (gained - lost) / 400 < high
