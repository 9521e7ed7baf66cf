"""Finding and reading photos, and a folder's rows."""

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from majani.batch import COLUMNS, diagnose_folder, read_photo, walk_files
from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import Diagnosis
from majani.errors import ErrorCode, PhotoError
from majani.image.decode import MAX_PHOTO_BYTES
from tests.pictures import PictureFactory


@pytest.fixture
def folder(archive: Path) -> Path:
    """The archive with a dangling link in it."""
    (archive / "gone.jpg").symlink_to("nowhere.jpg")
    return archive


def rows_of(folder: Path, diagnoser: Diagnoser, crop: str | None = None) -> tuple[int, list[dict[str, str]]]:
    written = io.StringIO()
    errors = diagnose_folder(
        sorted(walk_files(folder)), folder=folder, diagnoser=diagnoser, crop=crop, csv_file=written
    )
    return errors, list(csv.DictReader(io.StringIO(written.getvalue())))


class TestPhotoFiles:
    def test_are_sorted_and_not_hidden(self, folder: Path) -> None:
        names = [path.relative_to(folder).as_posix() for path in sorted(walk_files(folder))]
        assert names == ["a/deep/er.png", "a.jpg", "b.jpg", "gone.jpg", "night.jpg", "notes.txt"]

    def test_links_that_lead_in_circles_are_not_followed(self, folder: Path) -> None:
        (folder / "a" / "again").symlink_to(folder)
        assert len(list(walk_files(folder))) == 6


class TestReadPhoto:
    @pytest.mark.parametrize("excess", [0, 1, 1000])
    def test_reads_just_enough_to_show_that_it_is_too_large(self, tmp_path: Path, excess: int) -> None:
        with (tmp_path / "large").open("wb") as file:
            file.truncate(MAX_PHOTO_BYTES + excess)
        assert len(read_photo(tmp_path / "large")) == MAX_PHOTO_BYTES + min(excess, 1)

    @pytest.mark.parametrize("name", ["absent", "folder", "link", "pipe"])
    @pytest.mark.timeout(10)
    def test_refuses_what_is_no_file(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "folder").mkdir()
        (tmp_path / "link").symlink_to("link")
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(PhotoError) as caught:
            read_photo(tmp_path / name)
        assert caught.value.code == ErrorCode.PHOTO_UNREADABLE


class TestDiagnoseFolder:
    def test_writes_a_row_for_every_file(self, folder: Path, diagnoser: Diagnoser) -> None:
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

    def test_a_row_holds_the_diagnosis(self, folder: Path, diagnoser: Diagnoser, pictures: PictureFactory) -> None:
        unsure, _, rust, *_ = rows_of(folder, diagnoser)[1]
        expected = diagnoser.diagnose([pictures.red()])
        assert tuple(rust) == COLUMNS
        assert expected.condition is not None
        assert float(rust["probability"]) == expected.condition.probability
        for place, candidate in enumerate(expected.candidates[:3], start=1):
            assert rust[f"candidate_{place}"] == candidate.id
            assert float(rust[f"probability_{place}"]) == candidate.probability
        assert unsure["coarse"] == "Bean: can't tell what, or whether it is sick"
        assert float(unsure["probability"]) > 0.9

    def test_a_fault_of_ours_is_a_row_too(
        self,
        folder: Path,
        diagnoser: Diagnoser,
        pictures: PictureFactory,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        diagnose = diagnoser.diagnose

        def stumble(photos: Sequence[bytes], *, crop_hint: str | None) -> Diagnosis:
            if photos == [pictures.red()]:
                raise ZeroDivisionError("a fault")
            return diagnose(photos, crop_hint=crop_hint)

        monkeypatch.setattr(diagnoser, "diagnose", stumble)
        errors, rows = rows_of(folder, diagnoser)
        assert (errors, len(rows)) == (3, 6)
        assert [row["path"] for row in rows if row["error"] == "photo_crashed"] == ["b.jpg"]
        assert "ZeroDivisionError: a fault" in capsys.readouterr().err

    def test_rows_reach_the_file_one_by_one(self, folder: Path, diagnoser: Diagnoser, tmp_path: Path) -> None:
        result = tmp_path / "out.csv"
        lengths: list[int] = []
        with result.open("w") as file:
            paths = (
                lengths.append(len(result.read_text().splitlines())) or path for path in sorted(walk_files(folder))
            )
            diagnose_folder(paths, folder=folder, diagnoser=diagnoser, crop=None, csv_file=file)
        assert lengths[1:] == [2, 3, 4, 5, 6]
