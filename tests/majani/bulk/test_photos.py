"""Which photos an input has, and how their rows call them."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from majani.bulk.photos import listed
from majani.bulk.place import Place
from majani.errors import BulkError, ErrorCode
from tests.majani.conftest import refused


def shown(source: Path | str, output: Path | str = "/nowhere/at/all") -> list[str]:
    return [photo.shown for photo in listed(str(source), output=Place(str(output)))]


def files(source: Path) -> list[Path]:
    return [Path(os.fsdecode(photo.file)) for photo in listed(str(source), output=Place("/nowhere/at/all"))]


def test_a_folder_has_its_files_and_no_hidden_ones_and_takes_names_that_are_no_text(archive: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(archive) + b"/c\xff.jpg"))
    odd.write_bytes(b"")
    assert shown(archive) == ["a.jpg", "b.jpg", "c\\xff.jpg", "night.jpg", "notes.txt", "a/deep/er.png"]
    assert all(path.is_file() for path in files(archive))


def test_a_folder_does_not_hold_its_own_rows(archive: Path) -> None:
    (archive / "rows").mkdir()
    (archive / "rows" / "part-000000.parquet").write_bytes(b"rows")
    (archive / "rows too").write_bytes(b"not rows")
    assert "rows/part-000000.parquet" not in shown(archive, archive / "rows")
    assert "rows too" in shown(archive, archive / "rows")
    assert "rows/part-000000.parquet" in shown(archive)
    assert shown(archive, archive.parent) == shown(archive), "rows that lie above the photos hide none"


def test_a_list_has_a_path_in_each_line_and_is_refused_as_a_whole(archive: Path) -> None:
    source = archive.parent / "list.txt"
    # With a mark of UTF-8, as spreadsheets write it.
    source.with_name("absolute.txt").write_text(f"{archive}/a.jpg\n")
    source.write_text(f"\ufeffphotos/b.jpg\n\n{archive}/a.jpg\r\nphotos/b.jpg\n")
    assert shown(source) == ["photos/b.jpg", f"{archive}/a.jpg", "photos/b.jpg"]
    assert files(source) == [archive / "b.jpg", archive / "a.jpg", archive / "b.jpg"]
    [behind] = listed(f"file://{source.with_name('absolute.txt')}", output=Place("/nowhere/at/all"))
    assert behind.file == os.fsencode(archive / "a.jpg")
    source.write_text("photos/b.jpg\ns3n://x/y.jpg\n")
    with pytest.raises(BulkError):
        files(source)


def test_a_parquet_file_has_a_column_of_paths(archive: Path) -> None:
    source = archive.parent / "list.parquet"
    pq.write_table(pa.table({"path": ["photos/b.jpg", str(archive / "a.jpg")], "farm": [1, 2]}), source)
    assert files(source) == [archive / "b.jpg", archive / "a.jpg"]


def test_a_parquet_file_without_paths_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "list.parquet"
    with refused(BulkError, ErrorCode.BULK_INPUT_UNUSABLE):
        shown(source)
    for content in ({"photo": ["a.jpg"]}, {"path": ["a.jpg", None]}, {"path": ["a.jpg", ""]}):
        pq.write_table(pa.table(content), source)
        with refused(BulkError, ErrorCode.BULK_INPUT_UNUSABLE):
            shown(source)
    # What is damaged in the middle still ends like a Parquet file.
    pq.write_table(pa.table({"path": [f"{number}.jpg" for number in range(5000)]}), source)
    content = bytearray(source.read_bytes())
    content[64:4096] = bytes(4032)
    source.write_bytes(content)
    with refused(BulkError, ErrorCode.BULK_INPUT_UNUSABLE):
        shown(source)
