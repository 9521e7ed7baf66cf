"""What is unusual is looked for everywhere, and no more is said of it than may be."""

from serving.overview.counting import History
from serving.overview.outbreak import BASELINE_WEEKS, GAP_WEEKS, Week
from serving.overview.small_cells import Cell
from serving.overview.watchlist import find_unusual

HERE = Cell(-0.1, 34.8)


def history(now: int, before: int, *, cell: Cell | None = None, condition: str = "bean.rust") -> History:
    weeks = [Week(now, 60), *[Week(before, 60)] * (GAP_WEEKS + BASELINE_WEEKS)]
    return History(cell, condition, tuple(weeks))


def test_what_is_unusual_is_told_roughly_where_it_is() -> None:
    found = find_unusual(
        [
            history(13, 2, cell=HERE),
            history(3, 2, cell=Cell(1.0, 36.0)),
            history(4, 0, cell=HERE, condition="bean.anthracnose"),
            history(30, 8),
        ],
        weeks=BASELINE_WEEKS,
        min_cases=5,
    )
    assert [(one.cell, one.condition, one.at_least) for one in found] == [
        (None, "bean.rust", 30),
        (HERE, "bean.rust", 10),
    ]
    assert all(one.up_to < one.at_least + 5 for one in found)


def test_restless_areas_are_trusted_less() -> None:
    dispersion = [
        History(Cell(float(number), 0.0), "bean.rust", (Week(2, 60), Week(0, 60), *[Week(0, 60), Week(9, 60)] * 4))
        for number in range(30)
    ]
    one = history(9, 2, cell=HERE)
    assert find_unusual([one], weeks=BASELINE_WEEKS, min_cases=5) != ()
    assert find_unusual([one, *dispersion], weeks=BASELINE_WEEKS, min_cases=5) == ()
