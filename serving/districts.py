"""Names of districts: the operator's boundaries as GeoJSON (RFC 7946), and the place that an area is counted for."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from serving.persistence.models import SLUG_LENGTH

# Corners, ``(N, 2)``, longitude first; the outer ring of a polygon, counterclockwise, and then its holes.
Ring = NDArray[np.float64]
Polygon = Sequence[Ring]


class Cell(NamedTuple):
    """A square a tenth of a degree wide and high, by its middle, in degrees."""

    latitude: float
    longitude: float

    @property
    def place(self) -> str:
        """The place that it is, where it lies in no district."""
        return f"{self.latitude:.1f},{self.longitude:.1f}"


def cell_of(place: str) -> Cell | None:
    """The square that a place is; None for a district."""
    latitude, _, longitude = place.partition(",")
    return Cell(float(latitude), float(longitude)) if _CELL.fullmatch(place) else None


# What :attr:`Cell.place` writes.
_CELL = re.compile(r"-?\d+\.\d,-?\d+\.\d")
# Half the width of a cell, in degrees.
HALF_CELL = 0.05


class BoundariesError(Exception):
    """The file of districts cannot be used; its words say what is wrong with which district."""


class Boundaries:
    """Polygons of districts by name; without any, each square is a place of its own. Safe to share between threads."""

    def __init__(self, districts: Mapping[str, Sequence[Polygon]]) -> None:
        self.districts = districts
        self.boxes = {name: _box(polygons) for name, polygons in districts.items()}
        # Cells are few.
        self._known: dict[Cell, str] = {}
        self._cells: dict[str, frozenset[Cell]] = {}

    def place(self, cell: Cell) -> str:
        """Name of the district around the middle of ``cell``, else the cell itself."""
        if cell not in self._known:
            y, x = cell
            near = (name for name, (w, s, e, n) in self.boxes.items() if w <= x <= e and s <= y <= n)
            found = (name for name in near if _holds(self.districts[name], x, y))
            self._known[cell] = next(found, cell.place)
        return self._known[cell]

    def cells(self, district: str) -> frozenset[Cell]:
        """The squares of a district; KeyError if there is no such district."""
        if district not in self._cells:
            west, south, east, north = (round(10 * degrees) for degrees in self.boxes[district])
            box = (Cell(y / 10, x / 10) for y in range(south, north + 1) for x in range(west, east + 1))
            self._cells[district] = frozenset(cell for cell in box if self.place(cell) == district)
        return self._cells[district]

    def add_up(self, cells: Mapping[Cell, int]) -> Mapping[str, int]:
        """Cases by place."""
        places = Counter[str]()
        for cell, cases in cells.items():
            places[self.place(cell)] += cases
        return places


def read_boundaries(file: Path | None, name_property: str) -> Boundaries:
    """Read districts; without a file there are none. Features of the same name are one district.

    Raises:
        BoundariesError: If the file is no GeoJSON of named polygons in degrees.
    """
    districts: dict[str, list[Polygon]] = {}
    try:
        features = [] if file is None else json.loads(file.read_bytes())["features"]
        for number, feature in enumerate(features, start=1):
            name = _name(feature["properties"] or {}, name_property, number)
            districts.setdefault(name, []).extend(_polygons(feature["geometry"], f"feature {number} ({name})"))
    except OSError as error:
        raise BoundariesError(f"{file}: {error.strerror}") from error
    except BoundariesError as error:
        raise BoundariesError(f"{file}: {error}") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BoundariesError(f"{file} is no GeoJSON FeatureCollection of districts") from error
    return Boundaries(districts)


def _name(properties: Mapping[str, Any], name_property: str, number: int) -> str:
    name = str(properties.get(name_property) or "").strip()
    if not 0 < len(name) <= SLUG_LENGTH:
        raise BoundariesError(
            f"feature {number} has no property {name_property!r} of 1 to {SLUG_LENGTH} letters; it has: "
            f"{', '.join(properties)}. MAJANI_BOUNDARIES_NAME says which one is the name"
        )
    return name


def _polygons(geometry: Mapping[str, Any], which: str) -> list[Polygon]:
    try:
        at = geometry["coordinates"]
        polygons = {"Polygon": [at], "MultiPolygon": at}[geometry["type"]]
        # The standard allows a geometry without coordinates.
        if not any(polygons):
            raise ValueError("no ring at all")
        return [[_ring(corners, is_hole=number > 0) for number, corners in enumerate(polygon)] for polygon in polygons]
    except (KeyError, TypeError, ValueError) as error:
        raise BoundariesError(
            f"{which} is not a Polygon or MultiPolygon with longitude and latitude in degrees (WGS 84)"
        ) from error


def _ring(corners: Any, *, is_hole: bool) -> Ring:
    """Corners in the order that the standard asks for."""
    ring = np.array([corner[:2] for corner in corners], dtype=np.float64)
    if len(ring) < 4 or not (np.abs(ring) <= (180, 90)).all() or (ring[0] != ring[-1]).any():
        raise ValueError("no ring on Earth")
    (x1, y1), (x2, y2) = ring[:-1].T, ring[1:].T
    is_counterclockwise = float((x1 * y2 - x2 * y1).sum()) > 0
    return ring[::-1] if is_counterclockwise is is_hole else ring


def _box(polygons: Sequence[Polygon]) -> tuple[float, float, float, float]:
    """West, south, east, north."""
    corners = np.vstack([ring for polygon in polygons for ring in polygon])
    (west, south), (east, north) = corners.min(0).tolist(), corners.max(0).tolist()
    return west, south, east, north


def _holds(polygons: Sequence[Polygon], x: float, y: float) -> bool:
    """Whether a line to the east crosses the rings an odd number of times; it crosses a hole twice."""
    # Polygons of one district may overlap; the rings of one are its border and its holes.
    return any(sum(_crossings(ring, x, y) for ring in polygon) % 2 for polygon in polygons)


def _crossings(ring: Ring, x: float, y: float) -> int:
    (x1, y1), (x2, y2) = ring[:-1].T, ring[1:].T
    spans = (y1 > y) != (y2 > y)
    at = x1[spans] + (y - y1[spans]) * (x2[spans] - x1[spans]) / (y2[spans] - y1[spans])
    return int((at > x).sum())
