"""Photos and rows in an object store that speaks the real S3 protocol, also while it is away."""

from pathlib import Path
from typing import Any

import pytest
import s3fs

from benchmarks.harness.s3_server import BUCKET, S3Server
from majani.bulk.worker import read_file
from majani.errors import BulkError, ErrorCode, PhotoError
from majani.image.decode import MAX_PHOTO_BYTES
from tests.majani.bulk.conftest import Start, rows
from tests.majani.conftest import refused


def test_what_a_store_does_not_have_is_the_photos_fault(store: tuple[S3Server, Any]) -> None:
    store[1].pipe_file(f"{BUCKET}/empty.jpg", b"")
    store[1].pipe_file(f"{BUCKET}/large.jpg", b"x" * (MAX_PHOTO_BYTES + 1000))
    assert read_file(f"s3://{BUCKET}/empty.jpg".encode()) == b""
    assert len(read_file(f"s3://{BUCKET}/large.jpg".encode())) == MAX_PHOTO_BYTES + 1
    with refused(PhotoError, ErrorCode.PHOTO_UNREADABLE):
        read_file(f"s3://{BUCKET}/absent.jpg".encode())


def test_a_store_that_is_away_stops_the_run_and_blames_no_photo(
    store: tuple[S3Server, Any], archive: Path, tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, client = store
    client.put(str(archive), f"{BUCKET}/photos", recursive=True)
    start(f"s3://{BUCKET}/photos", tmp_path / "rows")
    (tmp_path / "rows" / "part-000001.parquet").unlink()
    server.stop()
    # Its client would try for seconds.
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()
    with refused(BulkError, ErrorCode.BULK_PLACE_UNUSABLE):
        start(f"s3://{BUCKET}/photos", tmp_path / "rows")
    assert len(rows(tmp_path / "rows")) == 3
