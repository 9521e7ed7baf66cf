"""What is promised of an answer: how many of ten like it are right at least."""

import pytest

from majani.decision.rules import confidence_band, right_of_ten
from majani.model.bundle import ConfidenceBand


@pytest.mark.parametrize(
    ("probability", "edge"),
    [(0.0, None), (0.4999, None), (0.5, 0.5), (0.7499, 0.5), (0.75, 0.75), (0.9, 0.9), (1.0, 0.9)],
)
def test_the_band_is_the_last_one_reached(probability: float, edge: float | None) -> None:
    bands = tuple(ConfidenceBand(min_probability=edge, right=1, answered=2) for edge in (0.5, 0.75, 0.9))
    band = confidence_band(probability, bands)
    assert (band.min_probability if band else None) == edge
    assert confidence_band(probability, ()) is None


@pytest.mark.parametrize(("probability", "right"), [(0.3, None), (0.5, 5), (0.7, 8), (0.8, 8), (0.95, 9)])
def test_the_band_is_a_surer_one_that_promises_less(probability: float, right: int | None) -> None:
    counted = ((0.4, 7), (0.5, 5), (0.6, 10), (0.75, 8), (0.9, 9))
    bands = tuple(ConfidenceBand(min_probability=edge, right=right, answered=10) for edge, right in counted)
    band = confidence_band(probability, bands)
    assert (band.right if band else None) == right


@pytest.mark.parametrize(
    ("right", "answered", "of_ten"),
    [
        *((95, 100, 9), (94, 100, 8), (100, 100, 9), (10**9, 10**9, 9)),
        *((24, 24, 8), (25, 25, 9), (9, 10, 6), (1, 1, 2), (0, 4, 0)),
    ],
)
def test_of_ten_so_many_are_right_as_the_lower_bound_of_the_share(right: int, answered: int, of_ten: int) -> None:
    assert right_of_ten(ConfidenceBand(min_probability=0.5, right=right, answered=answered)) == of_ten
