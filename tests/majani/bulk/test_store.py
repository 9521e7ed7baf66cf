"""Photos and rows in an object store that speaks the real S3 protocol, also while it is away."""

from typing import Any

from benchmarks.harness.s3_server import BUCKET, S3Server
from majani.bulk.actor import read_file
from majani.errors import ErrorCode, PhotoError
from majani.image.decode import MAX_PHOTO_BYTES
from tests.majani.bulk.conftest import Done, Start
from tests.majani.conftest import refused


def test_what_a_store_does_not_have_is_the_photos_fault(store: tuple[S3Server, Any]) -> None:
    store[1].pipe_file(f"{BUCKET}/empty.jpg", b"")
    store[1].pipe_file(f"{BUCKET}/large.jpg", b"x" * (MAX_PHOTO_BYTES + 1000))
    assert read_file(f"s3://{BUCKET}/empty.jpg".encode()) == b""
    assert len(read_file(f"s3://{BUCKET}/large.jpg".encode())) == MAX_PHOTO_BYTES + 1
    with refused(PhotoError, ErrorCode.PHOTO_UNREADABLE):
        read_file(f"s3://{BUCKET}/absent.jpg".encode())


def test_rows_go_into_a_store_and_what_is_there_is_not_done_again(
    store: tuple[S3Server, Any], whole: Done, start: Start
) -> None:
    output = f"s3://{BUCKET}/rows"
    summary = start(whole.archive, output)
    assert start(whole.archive, output, address="127.0.0.1:9") == summary
    assert len(store[1].ls(f"{BUCKET}/rows")) == 3
