"""A run from an archive to its rows: complete, once each, in one go or in several."""

import csv
import io
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from majani.batch import COLUMNS, diagnose_folder, walk_files
from majani.bulk.photos import Listed
from majani.bulk.place import Place
from majani.bulk.plan import PLAN_NAME, Plan, Question, write_plan
from majani.decision.diagnoser import Diagnoser
from majani.errors import BulkError, CaseError, ErrorCode
from majani.model.bundle import Bundle
from tests.majani.bulk.conftest import Done, Start, rows
from tests.majani.conftest import refused


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
                assert (row[column] or "") == entry[column]


def test_a_part_leaves_the_others_alone_and_what_is_missing_is_done_and_summed_up(
    whole: Done, tmp_path: Path, start: Start
) -> None:
    output = tmp_path / "rows"
    output.mkdir()
    of_another_machine = output / ".part-000001.parquet.1234.part"
    of_another_machine.write_bytes(b"half")
    seen: list[tuple[int, int]] = []
    assert start(whole.archive, output, part=(1, 2), progress=lambda *so_far: seen.append(so_far)) is None
    written = {path.name: path.stat().st_mtime_ns for path in output.glob("part-*")}
    assert sorted(written) == ["part-000000.parquet", "part-000002.parquet"]
    assert (seen[0], seen[-1]) == ((0, 3), (3, 3))
    assert of_another_machine.exists()
    seen.clear()
    summary = start(whole.archive, output, progress=lambda *so_far: seen.append(so_far))
    assert summary is not None
    assert (summary.photos, seen) == (5, [(3, 5), (5, 5)])
    assert rows(output) == rows(whole.rows)
    assert {name: (output / name).stat().st_mtime_ns for name in written} == written
    assert not of_another_machine.exists()
    assert start(whole.archive, output, part=(8, 8)) == summary


def test_rows_of_different_questions_are_never_mixed(whole: Done, tmp_path: Path, start: Start, bundle: Bundle) -> None:
    output = Path(shutil.copytree(whole.rows, tmp_path / "rows"))
    rules = bundle.manifest.rules
    stricter = rules.model_copy(update={"thresholds": rules.thresholds.model_copy(update={"answer": 0.9})})
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


def test_of_two_plans_written_at_once_one_stays(shared: str) -> None:
    place = Place(f"{shared}/rows")
    photos = [Listed(f"{number}.jpg", b"") for number in range(6)]
    write = partial(write_plan, place, question=Question(source="photos", bundle_sha256="", crop=None))

    def listing() -> Iterator[Listed]:
        yield from photos
        write(photos, photos_per_file=3)
        assert Plan(place).chunks == 2
        # One that came while this machine was looking, after the other one had ended.
        yield Listed("new.jpg", b"")

    write(listing(), photos_per_file=2)
    assert place.names() == [PLAN_NAME]
    assert [Plan(place).chunk(number) for number in range(Plan(place).chunks)] == [photos[:3], photos[3:]]


def test_a_place_bears_that_another_process_was_first_and_tidied_up(tmp_path: Path) -> None:
    place = Place(str(tmp_path / "rows"))
    (tmp_path / "first").write_bytes(b"first")
    os.mkfifo(tmp_path / "slow")
    with ThreadPoolExecutor() as writers:
        late = writers.submit(place.put, tmp_path / "slow", "file")
        with (tmp_path / "slow").open("wb"):
            while not list((tmp_path / "rows").glob(".*.part")):
                assert not late.done()
            place.put(tmp_path / "first", "file")
            place.remove_unfinished()
        late.result()
    assert {path.name: path.read_bytes() for path in (tmp_path / "rows").iterdir()} == {"file": b"first"}


def test_a_file_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new").write_bytes(b"new")
    place = Place(str(tmp_path / "rows"))
    place.put(tmp_path / "new", "file")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("majani.bulk.place.shutil.copyfileobj", full_disk)
    (tmp_path / "new").write_bytes(b"newer")
    with refused(BulkError, ErrorCode.BULK_PLACE_UNUSABLE):
        place.put(tmp_path / "new", "file")
    assert (tmp_path / "rows" / "file").read_bytes() == b"new"
