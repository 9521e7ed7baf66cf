"""Districts are found by their boundaries, and a file that is no such thing is refused with what is wrong in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from serving.districts import BoundariesError, Cell, read_boundaries


def square(west: float, south: float, side: float) -> list[list[float]]:
    east, north = west + side, south + side
    return [[west, south], [west, north], [east, north], [east, south], [west, south]]


def feature(name: object, kind: str, coordinates: object) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"NAME_1": name}, "geometry": {"type": kind, "coordinates": coordinates}}


def write(folder: Path, *features: object) -> Path:
    file = folder / "districts.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return file


RING = feature("Ring", "Polygon", [square(34, -1, 1), square(34.3, -0.7, 0.4)])
ISLANDS = feature("Islands", "MultiPolygon", [[square(36, 0, 0.3)], [square(37, 0, 0.3)]])


def test_middle_of_a_square_decides_and_features_of_one_name_are_one_district(tmp_path: Path) -> None:
    # Of two parts, of which the first is there twice: parts may overlap.
    parts = [feature("Two", "Polygon", [square(at, 4, 1)]) for at in (34, 34, 36)]
    boundaries = read_boundaries(write(tmp_path, RING, ISLANDS, *parts), "NAME_1")
    places = {Cell(-0.9, 34.1): "Ring", Cell(0.1, 36.1): "Islands", Cell(0.2, 37.2): "Islands"}
    places |= {Cell(-0.5, 34.5): "-0.5,34.5", Cell(0.2, 36.6): "0.2,36.6", Cell(4.5, 34.5): "Two"}
    assert {cell: boundaries.place(cell) for cell in places} == places
    assert boundaries.add_up({Cell(4.5, 34.5): 2, Cell(4.5, 36.5): 3, Cell(9.0, 5.0): 1}) == {"Two": 5, "9.0,5.0": 1}


@pytest.mark.parametrize(
    ("content", "helps"),
    [
        pytest.param([{"type": "Feature"}], "GeoJSON", id="no features"),
        pytest.param([RING, feature("", "Polygon", [square(0, 0, 1)])], "feature 2", id="no name"),
        pytest.param([feature("x" * 65, "Polygon", [square(0, 0, 1)])], "MAJANI_BOUNDARIES_NAME", id="long name"),
        pytest.param([feature("Point", "Point", [0, 0])], "feature 1 (Point)", id="a point"),
        pytest.param([feature("Metres", "Polygon", [square(400_000, 9_000_000, 1000)])], "degrees", id="metres"),
        pytest.param([feature("Line", "Polygon", [[[0, 0], [1, 1]]])], "feature 1 (Line)", id="too few corners"),
        pytest.param([feature("Open", "Polygon", [square(0, 0, 1)[:-1]])], "feature 1 (Open)", id="not closed"),
        pytest.param([feature("Nowhere", "MultiPolygon", [])], "feature 1 (Nowhere)", id="no polygon"),
        pytest.param([feature("Nowhere", "Polygon", [])], "feature 1 (Nowhere)", id="no ring"),
        pytest.param([feature("Words", "Polygon", [[["a", "b"]] * 4])], "feature 1 (Words)", id="no numbers"),
    ],
)
def test_other_files_are_refused(content: list[object], helps: str, tmp_path: Path) -> None:
    file = write(tmp_path, *content)
    with pytest.raises(BoundariesError) as refusal:
        read_boundaries(file, "NAME_1")
    assert helps in str(refusal.value)
    assert str(file) in str(refusal.value)


def test_what_is_no_geojson_at_all_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "districts.geojson"
    for content in (None, "", "[]", "{}", '{"features": 3}'):
        if content is not None:
            file.write_text(content)
        with pytest.raises(BoundariesError, match=r"districts\.geojson"):
            read_boundaries(file, "name")
