"""The photos of one file of rows, in a process that Ray starts, and starts again if a photo kills it."""

import os
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pyarrow as pa
from fsspec.core import url_to_fs

from majani.batch import COLUMNS, Row, photo_row
from majani.bulk.photos import Listed, is_remote
from majani.decision.diagnoser import Diagnoser
from majani.errors import BulkError, ErrorCode, PhotoError
from majani.image.decode import MAX_PHOTO_BYTES
from majani.image.photo import read_photo
from majani.model.bundle import Bundle

_TYPES = {"in_list": pa.int32(), **{column: pa.float32() for column in COLUMNS if column.startswith("probability")}}
ROWS = pa.schema([(column, _TYPES.get(column, pa.string())) for column in COLUMNS])
PHOTOS = pa.schema([("part", pa.string()), ("shown", pa.string()), ("file", pa.binary())])
# A photo during which so many processes died killed them; one may have died of something else.
_DEATHS = 2
# Waiting for an object store takes longer than the photo itself, so several are asked for at once.
_READ_AHEAD = 8
# What a server answers that may have the photo later.
_NOT_NOW = (408, 429, *range(500, 600))


class DiagnosingActor:
    """Called by Ray Data with a table of photos, it answers with a table of their rows.

    Ray repeats a table without end while processes die of it, so each process notes, in a file of its machine, what it
    is about to do.
    """

    def __init__(self, run: str, bundle: Bundle, crop: str | None) -> None:
        """Prepare; the first table loads the network, which may fail in a way that has to be noted."""
        self._run, self._bundle, self._crop = run, bundle, crop
        self._diagnoser: Diagnoser | None = None

    def __call__(self, photos: pa.Table) -> pa.Table:
        """Answer with the rows of ``PHOTOS``, and their part; an empty part has the code and text of a BulkError."""
        part = photos["part"][0].as_py()
        listed = [Listed(*row) for row in zip(photos["shown"].to_pylist(), photos["file"].to_pylist(), strict=True)]
        try:
            rows = self._rows(part, listed)
        except BulkError as error:
            part, rows = "", [{"path": str(error), "error": error.code.value}]
        table = pa.Table.from_pylist(rows, schema=ROWS)
        return table.append_column("part", pa.array([part] * len(rows), pa.string()))

    def _rows(self, part: str, photos: Sequence[Listed]) -> list[Row]:
        notes = Path(tempfile.gettempdir(), f"majani-{self._run}-{part}")
        notes.touch()
        rows = []
        with notes.open("r+", encoding="ascii") as file:
            died_of = Counter(file.read().split())
            end = file.tell()

            def note(what: str) -> None:
                file.seek(end)
                file.write(f"{what:9}\n")
                file.flush()

            if died_of["start"] >= _DEATHS:
                raise BulkError(ErrorCode.BULK_PROCESS_FAILED, "processes end before they have seen a photo")
            note("start")
            self._diagnoser = self._diagnoser or Diagnoser(self._bundle)
            for number, (photo, read) in enumerate(_reading(photos)):
                if died_of[str(number)] >= _DEATHS:
                    rows.append(_crashed_row(photo, model_version=self._bundle.manifest.version))
                else:
                    note(str(number))
                    rows.append(photo_row(photo.shown, read, diagnoser=self._diagnoser, crop=self._crop))
        notes.unlink()
        return rows


def _crashed_row(photo: Listed, *, model_version: str) -> Row:
    return {"path": photo.shown, "model_version": model_version, "error": ErrorCode.PHOTO_CRASHED.value}


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
