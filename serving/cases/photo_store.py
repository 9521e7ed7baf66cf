"""Photos that somebody agreed to leave here: in a folder of this machine or in an object store that speaks S3.

What is kept is never the file that was sent, but its pixels written anew: camera, place, owner, thumbnail and whatever
else a phone wrote into it stay out.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from fsspec import AbstractFileSystem
from fsspec.asyn import AsyncFileSystem, sync
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem
from PIL import Image

from majani.image.decode import decode
from serving.persistence.engine import StorageError
from serving.telemetry.metrics import Storage, observe_storage_failure

# A photo of any phone is kept at 960 to 1919 px along its short side: enough for an expert's eye and for training.
KEPT_SHORT_SIDE_PX = 960
# Of a strip, which is no leaf but might fill a disk.
_KEPT_LONG_SIDE_PX = 4 * KEPT_SHORT_SIDE_PX
_QUALITY = 90
# An object store that is away must not hold a farmer's request for long, whatever it is that hangs: the libraries' own
# limits leave out waiting for leave to send. What was written of a case before that is deleted within the same time.
_S3_TIMEOUT_S = 7
_S3_OPTIONS = {
    "config_kwargs": {"connect_timeout": 3, "read_timeout": 5, "retries": {"max_attempts": 1}},
    # Listings change under the other processes' hands.
    "use_listings_cache": False,
}


def strip(data: bytes) -> bytes:
    """Write a photo anew as JPEG, upright, without anything but its pixels.

    Raises:
        PhotoError: If it cannot be read.
    """
    written = BytesIO()
    image = Image.fromarray(decode(data, short_side_px=KEPT_SHORT_SIDE_PX))
    image.thumbnail((_KEPT_LONG_SIDE_PX, _KEPT_LONG_SIDE_PX))
    image.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()


class PhotoStore:
    """Files below one address; safe to share between threads. Every method may raise ``StorageError``."""

    def __init__(self, url: str) -> None:
        """Prepare; nothing is opened yet.

        Args:
            url: A folder, or an address such as ``s3://bucket/prefix``.
        """
        self._url = url

    def write(self, path: str, data: bytes) -> None:
        """Keep a file; one of the same name is replaced. It outlasts a power cut from now on."""
        try:
            with self._opened() as (files, root):
                if isinstance(files, LocalFileSystem):
                    _write_to_disk(Path(root) / path, data)
                else:
                    _ask(files, "pipe_file", f"{root}/{path}", data)
        except FileNotFoundError as error:
            # Of a bucket, not of a photo.
            observe_storage_failure(Storage.PHOTOS)
            raise StorageError("the photo store is not there") from error

    def read(self, path: str) -> bytes:
        """Read a file.

        Raises:
            FileNotFoundError: If it is not there.
        """
        with self._opened() as (files, root):
            return bytes(_ask(files, "cat_file", f"{root}/{path}"))

    def delete(self, paths: Iterable[str]) -> None:
        """Delete files; those that are gone already are no failure."""
        for path in paths:
            with self._opened() as (files, root), suppress(FileNotFoundError):
                _ask(files, "rm_file", f"{root}/{path}")

    def days(self) -> Sequence[date]:
        """The days of which there are files, or were."""
        with self._opened() as (files, root):
            try:
                found = _ask(files, "ls", root, False)
            except FileNotFoundError:
                return []
        return sorted(day for path in found if (day := _day(path.rstrip("/").rpartition("/")[2])) is not None)

    def of_day(self, day: date) -> Sequence[str]:
        """The paths of all files of one day."""
        with self._opened() as (files, root):
            try:
                found = _ask(files, "ls", f"{root}/{day.isoformat()}", False)
            except FileNotFoundError:
                return []
        return [f"{day.isoformat()}/{path.rpartition('/')[2]}" for path in found]

    @contextmanager
    def _opened(self) -> Iterator[tuple[Any, str]]:
        try:
            # fsspec hands out the same file system for the same options, per process.
            options = _S3_OPTIONS if self._url.startswith("s3://") else {}
            files, root = url_to_fs(self._url, **options)
            yield files, root.rstrip("/")
        except FileNotFoundError:
            raise
        # Drivers of object stores raise what their many layers raise; the caller can only try again later.
        except Exception as error:
            observe_storage_failure(Storage.PHOTOS)
            raise StorageError(f"the photo store failed: {type(error).__name__}") from error


def _ask(files: AbstractFileSystem, what: str, *arguments: object) -> Any:
    """Call a method, for a limited time if it asks another machine."""
    if isinstance(files, AsyncFileSystem):
        return sync(files.loop, getattr(files, f"_{what}"), *arguments, timeout=_S3_TIMEOUT_S)
    return getattr(files, what)(*arguments)


def _write_to_disk(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            # The row that names it is written through to the disk as well, and may not be there alone.
            os.fsync(file.fileno())
    except OSError:
        # On a full disk every attempt would leave a part behind.
        path.unlink(missing_ok=True)
        raise


def photo_path(public_id: str, position: int, day: date) -> str:
    """Where a photo lies: by day, so that what a killed process left behind can be found without reading everything."""
    return f"{day.isoformat()}/{public_id}-{position}.jpg"


def _day(name: str) -> date | None:
    """Of a folder's name; None if it is not one of ours."""
    try:
        day = date.fromisoformat(name)
    except ValueError:
        return None
    return day if day.isoformat() == name else None


def case_of(path: str) -> str:
    """The public id of the case that a photo belongs to."""
    return path.rpartition("/")[2].rpartition("-")[0]
