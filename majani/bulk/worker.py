"""One chunk of photos to one file of rows, in a process of its own."""

import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.core import url_to_fs

from majani.batch import COLUMNS, Row, photo_row
from majani.bulk.photos import Listed, is_remote
from majani.bulk.place import Place
from majani.bulk.plan import Plan
from majani.decision.diagnoser import Diagnoser
from majani.errors import BulkError, ErrorCode, PhotoError
from majani.image.decode import MAX_PHOTO_BYTES
from majani.image.photo import read_photo
from majani.model.bundle import Bundle

SCHEMA = pa.schema([(column, pa.float32() if column.startswith("probability") else pa.string()) for column in COLUMNS])
# Waiting for an object store takes longer than the photo itself, so several are asked for at once.
_READ_AHEAD = 8
# What a server answers that may have the photo later.
_NOT_NOW = (408, 429, *range(500, 600))


@dataclass(frozen=True)
class Job:
    """What a process has to know to do any chunk."""

    output: str
    bundle: Bundle
    crop: str | None


def part_name(chunk: int) -> str:
    """Name of a chunk's file."""
    return f"part-{chunk:06}.parquet"


class Worker:
    """Does chunks, one after the other."""

    def __init__(self, job: Job) -> None:
        """Load the network."""
        self._job = job
        self._place = Place(job.output)
        self._plan = Plan(self._place)
        self._diagnoser = Diagnoser(job.bundle)

    def do(self, chunk: int) -> int:
        """Write a chunk's file and count its photos; raises ``bulk_place_unusable`` if its place does not answer."""
        rows = self.rows(self._plan.chunk(chunk))
        write_rows(rows, place=self._place, chunk=chunk)
        return len(rows)

    def rows(self, photos: Sequence[Listed]) -> list[Row]:
        """A row for each photo, in order; a photo that its store does not have is a row too."""
        return [
            photo_row(photo.shown, read, diagnoser=self._diagnoser, crop=self._job.crop)
            for photo, read in _reading(photos)
        ]


def crashed_row(photo: Listed, *, model_version: str) -> Row:
    """The row of a photo that crashes its process."""
    return {"path": photo.shown, "model_version": model_version, "error": ErrorCode.PHOTO_CRASHED.value}


def write_rows(rows: Sequence[Row], *, place: Place, chunk: int) -> None:
    """Write a chunk's file, whole or not at all."""
    with tempfile.TemporaryDirectory(prefix="majani-bulk-") as folder:
        path = Path(folder, part_name(chunk))
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)
        place.put(path, part_name(chunk))


def _reading(photos: Sequence[Listed]) -> Iterator[tuple[Listed, Callable[[], bytes]]]:
    """Photos, and how to read each, with downloads running a few photos ahead if they lie in a store."""
    if not any(is_remote(photo.file) for photo in photos):
        yield from ((photo, partial(read_file, photo.file)) for photo in photos)
        return
    with ThreadPoolExecutor(_READ_AHEAD) as readers:
        coming: deque[tuple[Listed, Callable[[], bytes]]] = deque()
        for photo in photos:
            coming.append((photo, readers.submit(read_file, photo.file).result))
            if len(coming) > 2 * _READ_AHEAD:
                yield coming.popleft()
        yield from coming


def read_file(file: bytes) -> bytes:
    """Read a photo, but no more of it than shows that it is too large.

    Raises:
        PhotoError: ``photo_unreadable`` if it is not there or may not be read.
        BulkError: ``bulk_place_unusable`` if a store does not answer, which says nothing about the photo.
    """
    if not is_remote(file):
        return read_photo(Path(os.fsdecode(file)))
    address = file.decode("utf-8", "surrogateescape")
    try:
        file_system, path = url_to_fs(address)
        # A range of an empty object is an error, so its size is asked for first, as opening does.
        with file_system.open(path, "rb", cache_type="none") as opened:
            data = bytearray()
            # Of a stream, what has arrived.
            while part := opened.read(MAX_PHOTO_BYTES + 1 - len(data)):
                data += part
            return bytes(data)
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        # Over HTTP fsspec takes a server that is away, or busy, for a missing file.
        why = error.__cause__
        is_answered = isinstance(why, (FileNotFoundError, ValueError))
        if address.startswith("http") and not is_answered and getattr(why, "status", 500) in _NOT_NOW:
            raise BulkError(ErrorCode.BULK_PLACE_UNUSABLE, f"{address} cannot be fetched") from error
        raise PhotoError(ErrorCode.PHOTO_UNREADABLE, f"{address}: not there, or not for us") from error
    except Exception as error:
        raise BulkError(ErrorCode.BULK_PLACE_UNUSABLE, f"{address} cannot be fetched") from error
