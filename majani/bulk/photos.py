"""The photos of a run: a folder, a list or a Parquet file, here or in an object store."""

import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet

from majani.batch import walk_files
from majani.bulk.place import Place
from majani.errors import BulkError, ErrorCode

COLUMN = "path"


class Listed(NamedTuple):
    """One photo: its name in the row of results, and its path or address in bytes, as file names need not be text."""

    shown: str
    file: bytes


def listed(source: str, *, output: Place) -> Iterator[Listed]:
    """All photos of an input, always in the same order.

    A source is a folder, a ``.parquet`` file with a column ``path``, or any other file with one path in each line; each
    of this machine or an address that fsspec knows. Paths in a list are relative to the list's own folder. What lies in
    the run's output is no photo of a folder on this machine.

    Raises:
        BulkError: ``bulk_input_unusable`` or ``bulk_place_unusable``.
    """
    place = Place(source)
    try:
        kind = place.file_system.info(place.root)["type"]
    except FileNotFoundError as error:
        raise BulkError(ErrorCode.BULK_INPUT_UNUSABLE, f"{source} does not exist") from error
    except Exception as error:
        raise BulkError(ErrorCode.BULK_PLACE_UNUSABLE, f"{source} cannot be reached") from error
    if kind == "directory":
        yield from _of_local_folder(Path(place.root), output) if place.is_local else _of_remote_folder(place)
    elif source.endswith(".parquet"):
        yield from _of_paths(_parquet_paths(place), source)
    else:
        yield from _of_paths(_lines(place), source)


def _of_local_folder(folder: Path, output: Place) -> Iterator[Listed]:
    # Once for all: links to folders are not followed below.
    folder = folder.resolve()
    own = Path(output.root).resolve()
    written = f"{own}/" if output.is_local and not folder.is_relative_to(own) else None
    for path in walk_files(folder):
        if written is None or not str(path).startswith(written):
            yield Listed(_text(os.fsencode(path.relative_to(folder).as_posix())), os.fsencode(path))


def _of_remote_folder(place: Place) -> Iterator[Listed]:
    base = place.url.rstrip("/")
    for name in place.walk():
        yield Listed(name, f"{base}/{name}".encode())


def _of_paths(paths: Iterable[bytes], source: str) -> Iterator[Listed]:
    for path in paths:
        if b"://" in path:
            file = Place(_text(path)).url.encode()
        elif "://" in source and not path.startswith(b"/"):
            file = f"{source.rpartition('/')[0]}/".encode() + path
        else:
            file = os.fsencode(Path(source).parent.joinpath(os.fsdecode(path)).absolute())
        yield Listed(_text(path), file)


def _lines(place: Place) -> Iterator[bytes]:
    with io.BytesIO(place.file_system.cat_file(place.root)) as file:
        for line in file:
            if path := line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n"):
                yield path


def _parquet_paths(place: Place) -> Iterator[bytes]:
    with place.file_system.open(place.root, "rb") as file:
        try:
            table = pyarrow.parquet.ParquetFile(file)
            if COLUMN not in table.schema_arrow.names:
                raise BulkError(ErrorCode.BULK_INPUT_UNUSABLE, f"{place.url} has no column {COLUMN!r}")
            batches = table.iter_batches(columns=[COLUMN])
            for number, path in enumerate(path for batch in batches for path in batch.column(0).to_pylist()):
                if not path:
                    raise BulkError(ErrorCode.BULK_INPUT_UNUSABLE, f"{place.url}: no path in row {number}")
                yield path if isinstance(path, bytes) else str(path).encode()
        # The rows of a damaged file may be the first to show it.
        except (pyarrow.ArrowException, OSError) as error:
            raise BulkError(ErrorCode.BULK_INPUT_UNUSABLE, f"{place.url} is no sound Parquet file") from error


def _text(path: bytes) -> str:
    # Parquet's text is UTF-8, names of files are any bytes.
    return path.decode("utf-8", "backslashreplace")


def is_remote(file: bytes) -> bool:
    """Whether a photo lies behind an address."""
    return b"://" in file
