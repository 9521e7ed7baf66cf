"""No figure about a place is exact, and none is about a few."""

from hypothesis import given
from hypothesis import strategies as st

from serving.overview.small_cells import Area, Areas, suppress_small_cells

NEAR, FAR, THERE = "-0.1,34.8", "1.2,36.0", "Nairobi"


def test_small_areas_are_counted_elsewhere() -> None:
    found = suppress_small_cells({NEAR: 12, FAR: 4, THERE: 5}, all_cases=30, min_cases=5)
    assert found == Areas((Area(NEAR, 10), Area(THERE, 5)), elsewhere=15)


@given(kept=st.integers(0, 200), left_out=st.integers(1, 4), min_cases=st.sampled_from([5, 10]))
def test_two_views_never_differ_by_a_single_case(kept: int, left_out: int, min_cases: int) -> None:
    """Without a filter, then with one that leaves a few cases of the same area out."""

    def figure(cases: int) -> int:
        shown = suppress_small_cells({NEAR: cases}, all_cases=1000, min_cases=min_cases).shown
        return shown[0].at_least if shown else 0

    difference = figure(kept + left_out) - figure(kept)
    assert difference % min_cases == 0
