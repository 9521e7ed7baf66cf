"""Bars and squares stand where their numbers say."""

import re
from datetime import date, timedelta

import numpy as np
import pytest

from serving.districts import Boundaries, Ring
from serving.overview import map as area_map
from serving.overview.chart import HEIGHT, WIDTH, Step, draw, round_up
from serving.overview.small_cells import Area

# A Wednesday.
TODAY = date(2026, 11, 25)


def steps(*cases: int, reviewed: int = 0) -> list[Step]:
    return [Step(TODAY + timedelta(days=number), size, reviewed) for number, size in enumerate(cases)]


def test_bars_are_as_high_as_their_cases() -> None:
    chart = draw(steps(0, 50, 100, reviewed=20))
    assert [bar.height for bar in chart.bars] == [0, HEIGHT / 2, HEIGHT]
    assert [bar.y for bar in chart.bars] == [HEIGHT, HEIGHT / 2, 0]
    assert [bar.reviewed_height for bar in chart.bars] == [HEIGHT / 5] * 3
    assert [line.cases for line in chart.lines] == [0, 50, 100]
    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH for bar in chart.bars)


def test_the_highest_line_is_above_the_highest_bar_at_a_round_number() -> None:
    for most in (0, 1, 3, 7, 99, 100, 101, 12_345):
        chart = draw(steps(most, 0))
        assert chart.lines[-1].cases >= most
        assert chart.lines[-1].y == 0
        assert 2 <= len(chart.lines) <= 5
        assert min(bar.y for bar in chart.bars) >= 0
    rounded = {0: 1, 1: 1, 1.2: 2, 2.5: 5, 5: 5, 5.1: 10, 11: 20, 420: 500, 501: 1000}
    assert {value: round_up(value) for value in rounded} == rounded


def corners(path: str) -> list[tuple[float, float]]:
    return [tuple(map(float, pair.split())) for pair in re.findall(r"[-\d.]+ [-\d.]+", path)]  # type: ignore[misc]


def test_squares_stand_where_they_belong() -> None:
    areas = [Area("-1.3,36.8", 40), Area("0.5,35.3", 10), Area("-4.0,39.6", 5)]
    drawn = area_map.draw(areas, Boundaries({}), step=5)
    assert drawn is not None
    nairobi, eldoret, mombasa = drawn.shapes
    assert eldoret.x < nairobi.x < mombasa.x
    assert eldoret.y < nairobi.y < mombasa.y
    for shape in drawn.shapes:
        [(left, top)] = corners(shape.path)
        assert 0 <= left < shape.x < drawn.width
        assert 0 <= top < shape.y < drawn.height
    assert [one.level for one in (mombasa, eldoret, nairobi)] == [1, 2, 4]
    assert [level.from_cases for level in drawn.levels] == [5, 10, 20, 40]


def test_districts_have_their_shape_and_their_neighbours() -> None:
    def ring(west: float) -> Ring:
        # A thousand corners on each side, of which few can be seen.
        along = np.linspace(0, 1, 1000)
        south, north = np.column_stack([west + along, 0 * along]), np.column_stack([west + along[::-1], 1 + 0 * along])
        return np.vstack([south, north, south[:1]])

    boundaries = Boundaries({"West": [[ring(34)]], "East": [[ring(35)]], "Far": [[ring(80)]]})
    drawn = area_map.draw([Area("West", 5), Area("0.5,36.2", 5)], boundaries, step=5)
    assert drawn is not None
    west, square = drawn.shapes
    assert (west.is_district, square.is_district) == (True, False)
    assert len(drawn.borders) == 1
    seen = corners(west.path)
    assert 4 < len(seen) < 400
    assert max(x for x, _ in seen) == pytest.approx(min(x for x, _ in corners(drawn.borders[0])), abs=0.1)
    assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in seen)
