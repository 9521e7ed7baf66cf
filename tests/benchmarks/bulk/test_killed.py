"""Kills at random, on a few real photos: the judgement, and that it can fail."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.bulk import killed
from benchmarks.bulk.archive import choose, rows
from benchmarks.bulk.killed import Verdict


@pytest.mark.mirror
def test_nothing_is_lost_or_repeated(mirror: Path, tmp_path: Path) -> None:
    photos = choose(mirror, 2000)
    verdict = killed.kill_and_go_on(photos, tmp_path, kills=3, seconds=(2.5, 4.0), seed=1)
    assert verdict == Verdict(photos=2000, kills=3, missing=0, repeated=0)
    assert not verdict.is_bad


@pytest.mark.parametrize("number", ["missing", "repeated"])
def test_one_photo_is_enough_to_be_bad(number: str) -> None:
    good = {"photos": 10, "kills": 1, "missing": 0, "repeated": 0}
    assert Verdict(**good | {number: 1}).is_bad


def test_rows_are_counted_as_often_as_they_are_there(tmp_path: Path) -> None:
    for part in range(2):
        pq.write_table(pa.table({"path": ["a.jpg", f"{part}.jpg"]}), tmp_path / f"part-{part:06}.parquet")
    assert rows(tmp_path) == ["a.jpg", "0.jpg", "a.jpg", "1.jpg"]


@pytest.mark.mirror
def test_the_archive_is_the_same_each_time(mirror: Path) -> None:
    assert choose(mirror, 50) == choose(mirror, 50)
    assert len(set(choose(mirror, 50))) == 50
