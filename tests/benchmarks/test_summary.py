"""Medians, percentiles and slopes."""

import pytest

from benchmarks.serving_speed.summary import Spread, percentile, ratio, slope


@pytest.mark.parametrize(
    ("percent", "expected"), [(50, 50), (95, 95), (99, 99), (100, 100), (0, 1)], ids=["p50", "p95", "p99", "max", "min"]
)
def test_a_percentile_is_a_value_that_was_measured(percent: float, expected: float) -> None:
    assert percentile(list(range(100, 0, -1)), percent) == expected


def test_ratios_are_taken_round_by_round() -> None:
    # The machine was twice as slow in the second round; the ratio does not see it.
    assert ratio([10, 20, 30], [5, 10, 10]) == Spread(2.0, 2.0, 3.0)


def test_the_slope_is_that_of_the_line_through_the_points() -> None:
    assert slope([0, 1, 2, 3], [5, 7, 9, 11]) == pytest.approx(2)
    assert slope([0, 1, 2, 3], [5, 6, 6, 5]) == pytest.approx(0)
