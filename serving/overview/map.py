"""Areas as shapes on a plain grid of degrees; no map is loaded from another site. Numbers of the drawing only.

The projection is equirectangular, with degrees of longitude as narrow as they are in the middle of the drawing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from serving.overview.small_cells import HALF_CELL, Area

WIDTH = 720.0
_MAX_HEIGHT = 900.0
# Degrees: what is drawn around the areas, and at least in all.
_MARGIN, _MIN_SPAN = 0.3, 1.5
# A cell of a whole continent would be too small to see or to touch.
_MIN_SIDE = 12.0
_SPACINGS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
_MAX_LINES = 6
LEVELS = 5


@dataclass(frozen=True)
class Square:
    """An area in the drawing; its level rises from 1 to ``LEVELS`` with the cases."""

    area: Area
    x: float
    y: float
    width: float
    height: float
    level: int


@dataclass(frozen=True)
class GridLine:
    """A meridian or parallel; north and east are positive."""

    at: float
    degrees: float


@dataclass(frozen=True)
class ColourStep:
    """What a colour stands for: so many cases and up to the next level."""

    number: int
    from_cases: int


@dataclass(frozen=True)
class Map:
    """Everything that is drawn."""

    squares: tuple[Square, ...]
    meridians: tuple[GridLine, ...]
    parallels: tuple[GridLine, ...]
    levels: tuple[ColourStep, ...]
    height: float
    width: float = WIDTH


def draw(areas: Sequence[Area], *, step: int) -> Map | None:
    """Draw areas, whose counts are multiples of ``step``; None where there are none."""
    if not areas:
        return None
    south, north = _span([area.cell.latitude for area in areas], limit=90)
    west, east = _span([area.cell.longitude for area in areas], limit=180)
    narrowing = max(0.1, math.cos(math.radians((south + north) / 2)))
    # Length of one degree of latitude in the drawing.
    scale = min(WIDTH / ((east - west) * narrowing), _MAX_HEIGHT / (north - south))
    # The free space beside a tall country.
    shift = (WIDTH - (east - west) * narrowing * scale) / 2

    def x(longitude: float) -> float:
        return round(shift + (longitude - west) * narrowing * scale, 2)

    def y(latitude: float) -> float:
        return round((north - latitude) * scale, 2)

    levels = _levels([area.at_least for area in areas], step)
    width = max(_MIN_SIDE, 2 * HALF_CELL * narrowing * scale)
    height = max(_MIN_SIDE, 2 * HALF_CELL * scale)
    squares = tuple(
        Square(
            area,
            round(x(area.cell.longitude) - width / 2, 2),
            round(y(area.cell.latitude) - height / 2, 2),
            round(width, 2),
            round(height, 2),
            max(level.number for level in levels if level.from_cases <= area.at_least),
        )
        for area in areas
    )
    return Map(
        squares,
        meridians=tuple(GridLine(x(degrees), degrees) for degrees in _degrees(west, east)),
        parallels=tuple(GridLine(y(degrees), degrees) for degrees in _degrees(south, north)),
        levels=levels,
        height=round((north - south) * scale, 2),
    )


def _span(values: Sequence[float], *, limit: float) -> tuple[float, float]:
    low, high = min(values) - HALF_CELL - _MARGIN, max(values) + HALF_CELL + _MARGIN
    missing = max(0.0, _MIN_SPAN - (high - low)) / 2
    return max(-limit, low - missing), min(limit, high + missing)


def _degrees(low: float, high: float) -> list[float]:
    """Round numbers in between, not too many."""
    spacing = next((degrees for degrees in _SPACINGS if (high - low) / degrees <= _MAX_LINES), 60.0)
    return [round(number * spacing, 1) for number in range(math.ceil(low / spacing), math.floor(high / spacing) + 1)]


def _levels(counts: Sequence[int], step: int) -> tuple[ColourStep, ...]:
    """Each begins at about twice the cases of the one before, in steps of the counts; those above the most are left."""
    highest, edges = max(counts), [step]
    factor = max(2.0, (highest / step) ** (1 / LEVELS))
    while len(edges) < LEVELS and edges[-1] < highest:
        edges.append(max(edges[-1] + step, round(edges[-1] * factor / step) * step))
    return tuple(
        ColourStep(number, edge) for number, edge in enumerate((edge for edge in edges if edge <= highest), start=1)
    )
