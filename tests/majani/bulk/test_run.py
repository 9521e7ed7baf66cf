"""A run from an archive to its rows: complete, once each, in one go or in several."""

import csv
import io
import os
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


class TestRows:
    def test_are_those_of_the_table_for_one_folder(self, whole: Done, diagnoser: Diagnoser) -> None:
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


class TestGoingOn:
    def test_does_only_what_is_missing(self, whole: Done, done: Done, start: Start) -> None:
        kept = (done.rows / "part-000000.parquet").stat().st_mtime_ns
        (done.rows / "part-000001.parquet").unlink()
        seen: list[tuple[int, int]] = []
        summary = start(*done, progress=lambda so_far, photos: seen.append((so_far, photos)))
        assert summary.photos == 5
        assert rows(done.rows) == rows(whole.rows)
        assert (done.rows / "part-000000.parquet").stat().st_mtime_ns == kept
        assert seen == [(3, 5), (5, 5)]

    def test_never_mixes_rows_of_different_questions(self, done: Done, start: Start, bundle: Bundle) -> None:
        rules = bundle.manifest.rules
        stricter = rules.model_copy(update={"thresholds": rules.thresholds.model_copy(update={"answer": 0.9})})
        edited = Bundle(bundle.manifest.model_copy(update={"rules": stricter}), bundle.model)
        before = rows(done.rows)
        archive = done.archive
        for source, changes in ((archive, {"crop": "bean"}), (archive / "a", {}), (archive, {"bundle": edited})):
            with pytest.raises(BulkError) as caught:
                start(source, done.rows, **changes)
            assert caught.value.code == ErrorCode.BULK_OUTPUT_DIFFERS
            assert rows(done.rows) == before


class TestPart:
    def test_leaves_the_others_alone_and_the_last_one_sums_up(self, whole: Done, tmp_path: Path, start: Start) -> None:
        output = tmp_path / "rows"
        output.mkdir()
        of_another_machine = output / ".part-000001.parquet.1234.part"
        of_another_machine.write_bytes(b"half")
        seen: list[tuple[int, int]] = []
        assert start(whole.archive, output, part=(1, 2), progress=lambda *so_far: seen.append(so_far)) is None
        assert [path.name for path in sorted(output.glob("part-*"))] == ["part-000000.parquet", "part-000002.parquet"]
        assert (seen[0], seen[-1]) == ((0, 3), (3, 3))
        assert of_another_machine.exists()
        summary = start(whole.archive, output, part=(2, 2))
        assert summary is not None
        assert summary.photos == 5
        assert rows(output) == rows(whole.rows)
        assert not of_another_machine.exists()
        assert start(whole.archive, output, part=(8, 8)) == summary


class TestRefusal:
    def test_of_an_unknown_crop_comes_before_any_row(self, archive: Path, tmp_path: Path, start: Start) -> None:
        with pytest.raises(CaseError) as caught:
            start(archive, tmp_path / "rows", crop="maize")
        assert caught.value.code == ErrorCode.CROP_UNKNOWN
        assert not (tmp_path / "rows").exists()

    def test_of_a_folder_with_other_tables(self, archive: Path, tmp_path: Path, start: Start) -> None:
        (tmp_path / "rows").mkdir()
        (tmp_path / "rows" / "harvest.parquet").write_bytes(b"somebody's")
        with pytest.raises(BulkError) as caught:
            start(archive, tmp_path / "rows")
        assert caught.value.code == ErrorCode.BULK_OUTPUT_DIFFERS


class TestPlan:
    def test_of_two_writers_at_once_has_one_that_stays(self, shared: str) -> None:
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


class TestPlace:
    def test_bears_that_another_process_was_first_and_tidied_up(self, tmp_path: Path) -> None:
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

    def test_a_file_is_whole_or_absent(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "new").write_bytes(b"new")
        place = Place(str(tmp_path / "rows"))
        place.put(tmp_path / "new", "file")

        def full_disk(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("majani.bulk.place.shutil.copyfileobj", full_disk)
        (tmp_path / "new").write_bytes(b"newer")
        with pytest.raises(BulkError) as caught:
            place.put(tmp_path / "new", "file")
        assert caught.value.code == ErrorCode.BULK_PLACE_UNUSABLE
        assert (tmp_path / "rows" / "file").read_bytes() == b"new"
