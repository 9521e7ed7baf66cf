"""Finding and reading photos, and a folder's rows."""

import csv
import io
from pathlib import Path

import pytest

from majani.batch import COLUMNS, diagnose_folder, walk_files
from majani.decision.diagnoser import Diagnoser
from tests.pictures import PictureFactory


@pytest.fixture
def folder(archive: Path) -> Path:
    """The archive with a dangling link in it."""
    (archive / "gone.jpg").symlink_to("nowhere.jpg")
    return archive


def rows_of(folder: Path, diagnoser: Diagnoser) -> tuple[int, list[dict[str, str]]]:
    written, paths = io.StringIO(), sorted(walk_files(folder))
    errors = diagnose_folder(paths, folder=folder, diagnoser=diagnoser, crop=None, csv_file=written)
    return errors, list(csv.DictReader(io.StringIO(written.getvalue())))


class TestDiagnoseFolder:
    def test_writes_a_row_with_the_diagnosis_of_every_file(
        self, folder: Path, diagnoser: Diagnoser, pictures: PictureFactory
    ) -> None:
        (folder / "a" / "again").symlink_to(folder)
        errors, rows = rows_of(folder, diagnoser)
        assert errors == 2
        assert [(row["path"], row["outcome"], row["condition"], row["retake"], row["error"]) for row in rows] == [
            ("a/deep/er.png", "uncertain", "", "", ""),
            ("a.jpg", "healthy", "bean.healthy", "", ""),
            ("b.jpg", "condition", "bean.rust", "", ""),
            ("gone.jpg", "", "", "", "photo_unreadable"),
            ("night.jpg", "retake", "", "too_dark blurred", ""),
            ("notes.txt", "", "", "", "photo_unsupported"),
        ]
        assert {row["model_version"] for row in rows} == {diagnoser.manifest.version}
        unsure, _, rust, *_ = rows
        expected = diagnoser.diagnose([pictures.red()])
        assert tuple(rust) == COLUMNS
        assert expected.condition is not None
        assert float(rust["probability"]) == expected.condition.probability
        for place, candidate in enumerate(expected.ranked[:3], start=1):
            assert rust[f"candidate_{place}"] == candidate.id
            assert float(rust[f"probability_{place}"]) == candidate.probability
        assert (unsure["outcome"], unsure["grade"], rust["grade"]) == ("uncertain", "one_of", "most_likely")

    def test_rows_reach_the_file_one_by_one(self, folder: Path, diagnoser: Diagnoser, tmp_path: Path) -> None:
        result = tmp_path / "out.csv"
        lengths: list[int] = []
        with result.open("w") as file:
            paths = (
                lengths.append(len(result.read_text().splitlines())) or path for path in sorted(walk_files(folder))
            )
            diagnose_folder(paths, folder=folder, diagnoser=diagnoser, crop=None, csv_file=file)
        assert lengths[1:] == [2, 3, 4, 5, 6]
