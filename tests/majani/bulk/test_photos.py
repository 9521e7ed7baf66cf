"""Which photos an input has, and how their rows call them."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from majani.bulk.photos import listed
from majani.bulk.place import Place
from majani.errors import BulkError, ErrorCode


def shown(source: Path | str, output: Path | str = "/nowhere/at/all") -> list[str]:
    return [photo.shown for photo in listed(str(source), output=Place(str(output)))]


def files(source: Path) -> list[Path]:
    return [Path(os.fsdecode(photo.file)) for photo in listed(str(source), output=Place("/nowhere/at/all"))]


class TestFolder:
    def test_has_its_files_and_no_hidden_ones(self, archive: Path) -> None:
        assert shown(archive) == ["a.jpg", "b.jpg", "night.jpg", "notes.txt", "a/deep/er.png"]
        assert all(path.is_file() for path in files(archive))

    def test_does_not_hold_its_own_rows(self, archive: Path) -> None:
        (archive / "rows").mkdir()
        (archive / "rows" / "part-000000.parquet").write_bytes(b"rows")
        (archive / "rows too").write_bytes(b"not rows")
        assert "rows/part-000000.parquet" not in shown(archive, archive / "rows")
        assert "rows too" in shown(archive, archive / "rows")
        assert "rows/part-000000.parquet" in shown(archive)

    def test_takes_names_that_are_no_text(self, archive: Path) -> None:
        odd = os.fsencode(archive) + b"/a\xff.jpg"
        Path(os.fsdecode(odd)).write_bytes(b"")
        assert "a\\xff.jpg" in shown(archive)
        assert Path(os.fsdecode(odd)) in files(archive)


class TestList:
    def test_has_a_path_in_each_line(self, archive: Path) -> None:
        # With a mark of UTF-8, as spreadsheets write it.
        (archive.parent / "list.txt").write_text(f"\ufeffphotos/b.jpg\n\n{archive}/a.jpg\r\nphotos/b.jpg\n")
        assert shown(archive.parent / "list.txt") == ["photos/b.jpg", f"{archive}/a.jpg", "photos/b.jpg"]
        assert files(archive.parent / "list.txt") == [archive / "b.jpg", archive / "a.jpg", archive / "b.jpg"]

    def test_with_an_address_of_no_store_is_refused_as_a_whole(self, archive: Path) -> None:
        (archive.parent / "list.txt").write_text("photos/b.jpg\ns3n://x/y.jpg\n")
        with pytest.raises(BulkError):
            files(archive.parent / "list.txt")


class TestParquet:
    def test_has_a_column_of_paths(self, archive: Path) -> None:
        source = archive.parent / "list.parquet"
        pq.write_table(pa.table({"path": ["photos/b.jpg", str(archive / "a.jpg")], "farm": [1, 2]}), source)
        assert files(source) == [archive / "b.jpg", archive / "a.jpg"]

    @pytest.mark.parametrize(
        "table",
        [pa.table({"photo": ["a.jpg"]}), pa.table({"path": ["a.jpg", None]}), pa.table({"path": ["a.jpg", ""]}), None],
        ids=["another column", "no path", "an empty path", "no file"],
    )
    def test_without_paths_is_refused(self, tmp_path: Path, table: pa.Table | None) -> None:
        if table is not None:
            pq.write_table(table, tmp_path / "list.parquet")
        with pytest.raises(BulkError) as caught:
            shown(tmp_path / "list.parquet")
        assert caught.value.code == ErrorCode.BULK_INPUT_UNUSABLE
