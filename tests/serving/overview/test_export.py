"""Files say what the page says, in forms that other programs read."""

import csv
import json
from datetime import date, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest

from majani.decision.rules import Outcome
from serving.districts import Cell, read_boundaries
from serving.overview.counting import Count
from serving.overview.export import areas_csv, areas_geojson, cases_csv
from serving.overview.filters import Filters
from serving.overview.small_cells import Area, Areas

TODAY = date(2026, 11, 25)


def test_days_of_a_week_are_one_row() -> None:
    counts = [
        Count(TODAY, Outcome.CONDITION, "bean.rust", 3, 1),
        Count(TODAY - timedelta(days=1), Outcome.CONDITION, "bean.rust", 2, 0),
        Count(TODAY - timedelta(days=8), Outcome.UNCERTAIN, None, 1, 0),
    ]
    text = cases_csv(counts, Filters(weeks=12), TODAY)
    assert text.split("\r\n") == [
        "first_day,last_day,outcome,condition,cases,reviewed",
        "2026-11-16,2026-11-22,uncertain,,1,0",
        "2026-11-23,2026-11-25,condition,bean.rust,5,1",
        "",
    ]


def test_a_district_is_no_formula() -> None:
    for name in ("=HYPERLINK(1)", "+1-1|x", "-2+3", "@SUM(1)", "\t=1"):
        _, row, *_ = csv.reader(StringIO(areas_csv(Areas((Area(name, 5),), 7))))
        assert row[-1] == f"'{name}"


@pytest.mark.parametrize("cell", [Cell(-0.1, 34.8), Cell(90.0, 0.0), Cell(-90.0, 180.0), Cell(12.3, -180.0)], ids=str)
def test_squares_are_those_of_the_standard(cell: Cell) -> None:
    """RFC 7946: closed, counterclockwise, longitude first, within the earth."""
    collection = json.loads(
        areas_geojson(Areas((Area(cell.place, 5),), 7), read_boundaries(None, ""), Filters(crop="bean"), TODAY)
    )
    assert collection["type"] == "FeatureCollection"
    square, elsewhere = collection["features"]
    assert (square["type"], square["properties"]) == ("Feature", {"cases_at_least": 5})
    [ring] = square["geometry"]["coordinates"]
    assert len(ring) == 5
    assert ring[0] == ring[-1]
    assert all(-180 <= longitude <= 180 and -90 <= latitude <= 90 for longitude, latitude in ring)
    doubled_area = sum(x * after_y - after_x * y for (x, y), (after_x, after_y) in pairwise(ring))
    assert doubled_area > 0
    west, east = min(x for x, _ in ring), max(x for x, _ in ring)
    assert west <= cell.longitude <= east
    assert elsewhere == {"type": "Feature", "geometry": None, "properties": {"cases_elsewhere": 7}}
    assert collection["about"] == {"first_day": "2026-09-07", "last_day": "2026-11-25", "crop": "bean"}


def test_districts_are_those_of_the_file_in_the_order_of_the_standard(tmp_path: Path) -> None:
    """RFC 7946: outer rings counterclockwise, holes clockwise."""
    outer, hole = [[[0, 0], [0, 9], [9, 9], [9, 0], [0, 0]]], [[2, 2], [4, 2], [4, 4], [2, 4], [2, 2]]
    geometry = {"type": "Polygon", "coordinates": [*outer, hole]}
    district = {"type": "Feature", "properties": {"name": "Kisumu"}, "geometry": geometry}
    file = tmp_path / "districts.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [district]}))
    areas = Areas((Area("Kisumu", 5), Area("20.0,20.0", 5)), 7)
    collection = json.loads(areas_geojson(areas, read_boundaries(file, "name"), Filters(), TODAY))
    kisumu, _, _ = collection["features"]
    assert kisumu["properties"] == {"district": "Kisumu", "cases_at_least": 5}
    assert kisumu["geometry"] == {"type": "MultiPolygon", "coordinates": [[outer[0][::-1], hole[::-1]]]}
    rows = areas_csv(areas).split("\r\n")
    assert rows == ["latitude,longitude,cases_at_least,district", ",,5,Kisumu", "20.0,20.0,5,", ",,7,", ""]
