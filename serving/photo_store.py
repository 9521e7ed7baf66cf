"""Photos that somebody agreed to leave here: in a folder of this machine or in an object store that speaks S3.

What is kept is never the file that was sent, but its pixels written anew: camera, place, owner, thumbnail and whatever
else a phone wrote into it stay out.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from io import BytesIO
from typing import Any

from fsspec.core import url_to_fs
from PIL import Image

from majani.imaging import decode
from serving.store.failure import StorageError

# A photo of any phone is kept at 960 to 1919 px along its short side: enough for an expert's eye and for training.
KEPT_SHORT_SIDE_PX = 960
_QUALITY = 90
# An object store that is away must not hold a farmer's request for long.
_S3_OPTIONS = {
    "config_kwargs": {"connect_timeout": 3, "read_timeout": 10, "retries": {"max_attempts": 2}},
    # Listings change under the other processes' hands.
    "use_listings_cache": False,
}


def strip(data: bytes) -> bytes:
    """Write a photo anew as JPEG, upright, without anything but its pixels.

    Raises:
        PhotoError: If it cannot be read.
    """
    written = BytesIO()
    Image.fromarray(decode(data, short_side_px=KEPT_SHORT_SIDE_PX)).save(written, "JPEG", quality=_QUALITY)
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
        """Keep a file; one of the same name is replaced."""
        with self._opened() as (files, root):
            files.pipe_file(f"{root}/{path}", data)

    def read(self, path: str) -> bytes:
        """Read a file.

        Raises:
            FileNotFoundError: If it is not there.
        """
        with self._opened() as (files, root):
            return bytes(files.cat_file(f"{root}/{path}"))

    def delete(self, paths: Iterable[str]) -> None:
        """Delete files; those that are gone already are no failure."""
        for path in paths:
            with self._opened() as (files, root), suppress(FileNotFoundError):
                files.rm_file(f"{root}/{path}")

    def of_day(self, day: date) -> Sequence[str]:
        """The paths of all files of one day."""
        with self._opened() as (files, root):
            try:
                found = files.ls(f"{root}/{day.isoformat()}", detail=False)
            except FileNotFoundError:
                return []
        return [f"{day.isoformat()}/{path.rpartition('/')[2]}" for path in found]

    @contextmanager
    def _opened(self) -> Iterator[tuple[Any, str]]:
        try:
            # fsspec hands out the same file system for the same options, per process.
            options = _S3_OPTIONS if self._url.startswith("s3://") else {"auto_mkdir": True}
            files, root = url_to_fs(self._url, **options)
            yield files, root.rstrip("/")
        except FileNotFoundError:
            raise
        # Drivers of object stores raise what their many layers raise; the caller can only try again later.
        except Exception as error:
            raise StorageError(f"the photo store failed: {type(error).__name__}") from error


def photo_path(public_id: str, position: int, day: date) -> str:
    """Where a photo lies: by day, so that what a killed process left behind can be found without reading everything."""
    return f"{day.isoformat()}/{public_id}-{position}.jpg"


def case_of(path: str) -> str:
    """The public id of the case that a photo belongs to."""
    return path.rpartition("/")[2].rpartition("-")[0]
