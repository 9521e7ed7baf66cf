"""Areas as shapes: districts where their boundaries are known, else squares on a plain grid of degrees.

No map is loaded from another site. Numbers of the drawing only; the projection is equirectangular, with degrees of
longitude as narrow as they are in the middle of the drawing.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from serving.districts import HALF_CELL, Boundaries, Polygon, cell_of
from serving.overview.small_cells import Area

WIDTH = 720.0
_MAX_HEIGHT = 900.0
# Degrees: what is drawn around the areas, and at least in all.
_MARGIN, _MIN_SPAN = 0.3, 1.5
# A cell of a whole continent would be too small to see or to touch.
_MIN_SIDE = 12.0
_SPACINGS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
_MAX_LINES = 6
LEVELS = 5
# Corners of a district nearer to each other than this look like one.
_STEP = 2.0


@dataclass(frozen=True)
class Shape:
    """An area in the drawing, as the path of an SVG with its middle; its level rises from 1 to ``LEVELS``."""

    area: Area
    path: str
    x: float
    y: float
    level: int
    is_district: bool


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

    shapes: tuple[Shape, ...]
    borders: tuple[str, ...]
    meridians: tuple[GridLine, ...]
    parallels: tuple[GridLine, ...]
    levels: tuple[ColourStep, ...]
    height: float
    width: float = WIDTH


def draw(areas: Sequence[Area], boundaries: Boundaries, *, step: int) -> Map | None:
    """Draw areas, whose counts are multiples of ``step``, and borders around; None where there are no areas."""
    # Districts that were counted may have left the file.
    areas = [area for area in areas if area.place in boundaries.boxes or cell_of(area.place)]
    if not areas:
        return None
    boxes = {area.place: _box(area.place, boundaries) for area in areas}
    wests, souths, easts, norths = zip(*boxes.values(), strict=True)
    south, north = _span(souths, norths, limit=90)
    west, east = _span(wests, easts, limit=180)
    narrowing = max(0.1, math.cos(math.radians((south + north) / 2)))
    # Length of one degree of latitude in the drawing.
    scale = min(WIDTH / ((east - west) * narrowing), _MAX_HEIGHT / (north - south))
    # The free space beside a tall country.
    shift = (WIDTH - (east - west) * narrowing * scale) / 2

    def x(longitude: float) -> float:
        return round(shift + (longitude - west) * narrowing * scale, 2)

    def y(latitude: float) -> float:
        return round((north - latitude) * scale, 2)

    def path(place: str) -> str:
        cell = cell_of(place)
        if cell is None:
            return _outline(boundaries.districts[place], x, y)
        width, height = (max(_MIN_SIDE, 2 * HALF_CELL * scale * factor) for factor in (narrowing, 1))
        left, top = x(cell.longitude) - width / 2, y(cell.latitude) - height / 2
        return f"M{left:.1f} {top:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}z"

    levels = _levels([area.at_least for area in areas], step)
    shapes = tuple(
        Shape(
            area,
            path(area.place),
            (x(box[0]) + x(box[2])) / 2,
            (y(box[1]) + y(box[3])) / 2,
            max(level.number for level in levels if level.from_cases <= area.at_least),
            cell_of(area.place) is None,
        )
        for area, box in zip(areas, boxes.values(), strict=True)
    )
    seen = (
        name
        for name, (w, s, e, n) in boundaries.boxes.items()
        if name not in boxes and w < east and e > west and s < north and n > south
    )
    return Map(
        shapes,
        borders=tuple(path(name) for name in seen),
        meridians=tuple(GridLine(x(degrees), degrees) for degrees in _degrees(west, east)),
        parallels=tuple(GridLine(y(degrees), degrees) for degrees in _degrees(south, north)),
        levels=levels,
        height=round((north - south) * scale, 2),
    )


def _box(place: str, boundaries: Boundaries) -> tuple[float, float, float, float]:
    cell = cell_of(place)
    if cell is None:
        return boundaries.boxes[place]
    y, x = cell
    return x - HALF_CELL, y - HALF_CELL, x + HALF_CELL, y + HALF_CELL


def _outline(polygons: Sequence[Polygon], x: Callable[[float], float], y: Callable[[float], float]) -> str:
    """The rings, with no more corners than can be seen."""
    drawn = []
    for ring in (ring for polygon in polygons for ring in polygon):
        corners = [(x(longitude), y(latitude)) for longitude, latitude in ring.tolist()]
        kept = corners[:1]
        for corner in corners[1:]:
            if math.dist(corner, kept[-1]) >= _STEP:
                kept.append(corner)
        drawn.append("M" + "L".join(f"{left:.1f} {top:.1f}" for left, top in kept) + "z")
    return "".join(drawn)


def _span(lows: Sequence[float], highs: Sequence[float], *, limit: float) -> tuple[float, float]:
    low, high = min(lows) - _MARGIN, max(highs) + _MARGIN
    missing = max(0.0, _MIN_SPAN - (high - low)) / 2
    return max(-limit, low - missing), min(limit, high + missing)


def _degrees(low: float, high: float) -> list[float]:
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
