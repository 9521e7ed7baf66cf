"""A run from an archive to its rows: complete, once each, in one go or in several."""

import csv
import io
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from majani.batch import COLUMNS, diagnose_folder, walk_files
from majani.bulk.actor import PHOTOS, DiagnosingActor
from majani.bulk.place import Place
from majani.decision.diagnoser import Diagnoser
from majani.errors import BulkError, CaseError, ErrorCode
from majani.model.bundle import Bundle
from tests.majani.bulk.conftest import Done, Start, rows
from tests.majani.conftest import refused
from tests.pictures import PictureFactory


def test_rows_are_those_of_the_table_for_one_folder(whole: Done, diagnoser: Diagnoser) -> None:
    table = io.StringIO()
    diagnose_folder(walk_files(whole.archive), folder=whole.archive, diagnoser=diagnoser, crop=None, csv_file=table)
    expected = list(csv.DictReader(io.StringIO(table.getvalue())))
    found = rows(whole.rows)
    assert [tuple(row) for row in found] == [COLUMNS] * 5
    for row, entry in zip(found, expected, strict=True):
        for column in COLUMNS:
            if column.startswith("probability"):
                assert row[column] == (pytest.approx(float(entry[column])) if entry[column] else None)
            else:
                assert str(row[column] or "") == entry[column]


def test_what_has_no_row_is_done_and_nothing_else(whole: Done, archive: Path, tmp_path: Path, start: Start) -> None:
    output = tmp_path / "rows"
    start(archive, output)
    first, *_ = sorted(output.glob("part-*"))
    first.unlink()
    (output / ".part-000000000-12345678.parquet.part").write_bytes(b"half")
    shutil.copy(archive / "a.jpg", archive / "new.jpg")
    written = {path: path.stat().st_mtime_ns for path in output.glob("part-*")}
    seen: list[tuple[int, int]] = []
    summary = start(archive, output, progress=lambda *so_far: seen.append(so_far))
    assert (summary.photos, dict(summary.errors), seen[0], seen[-1]) == (6, {"photo_unsupported": 1}, (3, 6), (6, 6))
    of_new = {"path": "new.jpg"}
    old = [row for row in rows(output) if row["path"] != "new.jpg"]
    assert sorted(old, key=str) == sorted(rows(whole.rows), key=str)
    assert [row | of_new for row in rows(output) if row["path"] == "a.jpg"] == [
        row for row in rows(output) if row["path"] == "new.jpg"
    ]
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert not list(output.glob(".*"))
    # Nothing is left, so Ray need not start.
    assert start(archive, output, address="127.0.0.1:9") == summary


def test_a_photo_that_kills_or_is_gone_is_a_row_and_takes_no_other_with_it(
    tmp_path: Path, start: Start, pictures: PictureFactory
) -> None:
    for number in range(8):
        ending = {2: b"POISON", 5: b"FAULT"}.get(number, b"")
        (tmp_path / f"{number}.jpg").write_bytes(pictures.red() + ending)
    # The last one is gone when its turn comes; the first is wanted twice.
    (tmp_path / "list.txt").write_text("0.jpg\n" + "".join(f"{number}.jpg\n" for number in range(9)))
    summary = start(tmp_path / "list.txt", tmp_path / "rows", photos_per_file=5)
    faults = {2: "photo_crashed", 5: "photo_crashed", 8: "photo_unreadable"}
    assert [(row["path"], row["error"]) for row in rows(tmp_path / "rows")] == [
        (f"{number}.jpg", faults.get(number)) for number in (0, *range(9))
    ]
    assert dict(summary.errors) == {"photo_crashed": 2, "photo_unreadable": 1}


def test_a_server_that_is_away_stops_the_run_and_blames_no_photo(tmp_path: Path, start: Start) -> None:
    (tmp_path / "list.txt").write_text("http://127.0.0.1:9/a.jpg\n")
    with refused(BulkError, ErrorCode.BULK_PLACE_UNUSABLE):
        start(tmp_path / "list.txt", tmp_path / "rows")
    assert rows(tmp_path / "rows") == []


def test_processes_that_end_before_they_have_seen_a_photo_blame_none(
    tmp_path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "majani-run-part").write_text("start\nstart\n")
    photos = pa.table([["part"], ["a.jpg"], [b"a.jpg"]], schema=PHOTOS)
    [row] = DiagnosingActor("run", bundle, None)(photos).to_pylist()
    assert (row["part"], row["error"]) == ("", "bulk_process_failed")


def test_rows_of_different_questions_are_never_mixed(whole: Done, tmp_path: Path, start: Start, bundle: Bundle) -> None:
    output = Path(shutil.copytree(whole.rows, tmp_path / "rows"))
    rules = bundle.manifest.rules
    stricter = rules.model_copy(update={"reject": 0.9})
    edited = Bundle(bundle.manifest.model_copy(update={"rules": stricter}), bundle.model)
    archive, before = whole.archive, rows(output)
    for source, changes in ((archive, {"crop": "bean"}), (archive / "a", {}), (archive, {"bundle": edited})):
        with refused(BulkError, ErrorCode.BULK_OUTPUT_DIFFERS):
            start(source, output, **changes)
        assert rows(output) == before


def test_an_unknown_crop_and_a_folder_with_other_tables_are_refused_before_any_row(
    archive: Path, tmp_path: Path, start: Start
) -> None:
    with refused(CaseError, ErrorCode.CROP_UNKNOWN):
        start(archive, tmp_path / "rows", crop="maize")
    assert not (tmp_path / "rows").exists()
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "harvest.parquet").write_bytes(b"somebody's")
    with refused(BulkError, ErrorCode.BULK_OUTPUT_DIFFERS):
        start(archive, tmp_path / "rows")


def test_a_file_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(str(tmp_path / "rows"))
    place.put("file", b"new")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("majani.bulk.place.os.fsync", full_disk)
    with refused(BulkError, ErrorCode.BULK_PLACE_UNUSABLE):
        place.put("file", b"newer")
    assert (tmp_path / "rows" / "file").read_bytes() == b"new"
