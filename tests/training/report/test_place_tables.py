from pathlib import Path

import pytest

from majani.decision.grades import Grade
from training.artifacts.files import PLACES_FILE
from training.places.rows import GradedTable, PlaceTable
from training.report.place_tables import render_places

MEASURED = PlaceTable.model_validate_json((Path(__file__).parents[3] / PLACES_FILE).read_bytes())


def rendered(kind: str, places: PlaceTable = MEASURED, **crops: str) -> list[str]:
    return render_places(f"<!-- places: {kind} -->\nstale\n<!-- end of places -->\n", places, crops).splitlines()[1:-1]


def test_every_photo_has_a_row_of_what_it_hears() -> None:
    rows = [line.split("|") for line in rendered("grades") if line.startswith("| ")][1:-1]
    assert sum(int(row[2]) for row in rows) == pytest.approx(100, abs=2)
    assert rows[0][3].strip() == f"{MEASURED.graded.grades['most_likely'].right:.0f} %"  # type: ignore[index]


def test_a_crop_has_a_row_or_is_said_to_have_none() -> None:
    lines = rendered("all", apple="Apple", okra="Okra")
    rows = [line.split("|")[1].strip() for line in lines if line.startswith("| ")]
    assert [one.crop.replace("_", " ") for one in MEASURED.crops()] == rows[1:]
    assert lines[-1].endswith(": okra.")


def test_the_short_table_has_every_crop_once() -> None:
    text = "\n".join(rendered("crops", apple="Apple", okra="Okra"))
    named = [one.crop.replace("_", " ") for one in MEASURED.crops()]
    assert [text.count(f" {name} ") for name in (*named, "okra")] == [1] * (len(named) + 1)


def test_what_was_never_measured_has_no_row() -> None:
    assert all("%" not in line for line in rendered("all", PlaceTable(graded=GradedTable()), okra="Okra"))


def test_each_disease_that_was_not_taught_is_shown() -> None:
    text = "\n".join(rendered("untaught"))
    assert all(f"({one.n}) {one.grades[Grade.MOST_LIKELY].share:.0f}" in text for one in MEASURED.untaught())
    assert sum(line.startswith("| in fields") for line in text.splitlines()) == 2
