"""The figures as files: CSV for spreadsheets, GeoJSON (RFC 7946) for maps. Nothing is in them that no page shows."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from io import StringIO
from typing import Any

from serving.districts import HALF_CELL, Boundaries, Cell, cell_of
from serving.overview.counting import Count
from serving.overview.filters import Filters
from serving.overview.small_cells import Area, Areas

# RFC 7946 defines the type and the form of the coordinates.
GEOJSON_TYPE = "application/geo+json"
CSV_TYPE = "text/csv"
# Not the coordinates of a square, "-0.1,34.8".
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.]+,-?[\d.]+$)")


def cases_csv(counts: Iterable[Count], filters: Filters, today: date) -> str:
    """One row for each day or week with each outcome and condition in it; the present week is not over yet."""
    sizes: dict[tuple[date, str, str], list[int]] = {}
    for count in counts:
        size = sizes.setdefault((filters.step_of(count.day), count.outcome.value, count.condition or ""), [0, 0])
        size[0] += count.cases
        size[1] += count.reviewed
    rows = [(first, filters.last_day(first, today), *what, *size) for (first, *what), size in sorted(sizes.items())]
    return written([("first_day", "last_day", "outcome", "condition", "cases", "reviewed"), *rows])


def areas_csv(areas: Areas) -> str:
    """One row for each area, a square by its middle, and one without a place for all other cases."""

    def rows() -> Iterator[tuple[object, ...]]:
        yield ("latitude", "longitude", "cases_at_least", "district")
        for area in areas.shown:
            cell = cell_of(area.place)
            yield ("", "", area.at_least, area.place) if cell is None else (*cell, area.at_least, "")
        yield ("", "", areas.elsewhere, "")

    return written(rows())


def areas_geojson(areas: Areas, boundaries: Boundaries, filters: Filters, today: date) -> str:
    """One feature for each area, and one without geometry for all other cases."""
    features = [_area_feature(area, boundaries) for area in areas.shown]
    elsewhere = _feature(None, {"cases_elsewhere": areas.elsewhere})
    about = {"first_day": filters.first_day(today).isoformat(), "last_day": today.isoformat(), **filters.chosen()}
    return json.dumps({"type": "FeatureCollection", "features": [*features, elsewhere], "about": about}, indent=1)


def _area_feature(area: Area, boundaries: Boundaries) -> Mapping[str, Any]:
    cell = cell_of(area.place)
    if cell is not None:
        return _feature(_square(cell), {"cases_at_least": area.at_least})
    polygons = [[ring.tolist() for ring in polygon] for polygon in boundaries.districts[area.place]]
    geometry = {"type": "MultiPolygon", "coordinates": polygons}
    return _feature(geometry, {"district": area.place, "cases_at_least": area.at_least})


def _feature(geometry: Mapping[str, Any] | None, properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _square(cell: Cell) -> Mapping[str, Any]:
    """Counterclockwise, longitude first; cut off at the poles and at the date line, which nothing may cross."""
    south, north = (_within(cell.latitude + side, 90) for side in (-HALF_CELL, HALF_CELL))
    west, east = (_within(cell.longitude + side, 180) for side in (-HALF_CELL, HALF_CELL))
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


def _within(degrees: float, limit: int) -> float:
    return round(min(limit, max(-limit, degrees)), 2)


def written(rows: Iterable[tuple[object, ...]]) -> str:
    """Rows as CSV, in which a spreadsheet finds no formula."""
    text = StringIO()
    # RFC 4180 asks for these line ends.
    csv.writer(text, lineterminator="\r\n").writerows(map(_harmless, row) for row in rows)
    return text.getvalue()


def _harmless(cell: object) -> object:
    """A name that begins as a formula does gets an apostrophe, which spreadsheets don't show (OWASP)."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell
