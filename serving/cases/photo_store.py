"""Photos that their senders allowed us to keep, in a folder of this machine or in an object store that speaks S3.

A kept photo is written anew from its pixels. Camera, place, owner, thumbnail and everything else that a phone writes
into the file stay out.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image

from majani.image.decode import TARGET_SHORT_SIDE_PX, Pixels, decode_sizes
from serving.circuit_breaker import CircuitBreaker
from serving.persistence.engine import StorageError
from serving.persistence.repository import refuse_below_reserve
from serving.telemetry.metrics import STORAGE_FAILURES, Storage

# A photo of any phone is kept at 960 to 1919 px along its short side: enough for an expert's eye and for training.
KEPT_SHORT_SIDE_PX = 960
# A narrow strip is no leaf and might fill a disk.
_KEPT_LONG_SIDE_PX = 4 * KEPT_SHORT_SIDE_PX
_QUALITY = 90
# An object store that is away must not hold a farmer's request for long: 7 s with the one retry. If a later photo of
# the case fails, those before it are deleted within the same time.
_S3_TIMEOUT_S = 6.0
_S3_RETRY_S = 1.0
# Written to see whether an object store is there; in no folder of a day, so that it is no photo.
_TRIAL = "trial"
# If so many photos in a row cannot be read, not they are damaged, but the store is away.
_AWAY_AFTER = 20


def decode_and_strip(data: bytes) -> tuple[Pixels, bytes]:
    """Decode a photo as :func:`majani.image.decode.decode`, and write it anew as JPEG with nothing but its pixels."""
    pixels, kept_pixels = decode_sizes(data, (TARGET_SHORT_SIDE_PX, KEPT_SHORT_SIDE_PX))
    written = BytesIO()
    image = Image.fromarray(kept_pixels)
    image.thumbnail((_KEPT_LONG_SIDE_PX, _KEPT_LONG_SIDE_PX))
    image.save(written, "JPEG", quality=_QUALITY)
    return pixels, written.getvalue()


class _Folder:
    """A folder of this machine. A missing file is ``FileNotFoundError``, as for a bucket."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, path: str, data: bytes) -> None:
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("wb") as file:
                file.write(data)
                file.flush()
                # The row that names it is written through to the disk as well, and may not be there alone.
                os.fsync(file.fileno())
        except OSError:
            # Every attempt on a full disk would leave a part behind.
            target.unlink(missing_ok=True)
            raise

    def read(self, path: str) -> bytes:
        with self._mounted():
            return (self._root / path).read_bytes()

    def delete(self, path: str) -> None:
        with self._mounted():
            (self._root / path).unlink()

    @contextmanager
    def _mounted(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            # Folders of days stay when their photos are gone. Without any, the disk is not mounted.
            if not self._root.is_dir() or not any(self._root.iterdir()):
                raise OSError("no photo was ever kept here") from None
            raise

    def probe(self) -> None:
        # Nothing is written: into an empty folder it would make a disk that is not mounted look like one that is.
        place = next(path for path in (self._root, *self._root.absolute().parents) if path.exists())
        if not (place.is_dir() and os.access(place, os.W_OK)):
            raise OSError("no photo can be kept here")

    def folders(self) -> Iterable[str]:
        return [path.name for path in self._root.iterdir()]

    def of_folder(self, folder: str) -> Iterable[str]:
        return [f"{folder}/{path.name}" for path in (self._root / folder).iterdir()]


class _Bucket:
    """A prefix of a bucket. The usual ``AWS_...`` variables say where it is and who asks."""

    def __init__(self, url: str) -> None:
        # Only for object stores, because the package belongs to the extra `replicas`.
        from obstore.store import from_url  # noqa: PLC0415

        self._breaker = CircuitBreaker(lambda: self._store.put(_TRIAL, b"", use_multipart=False))
        timeout, retry = timedelta(seconds=_S3_TIMEOUT_S), timedelta(seconds=_S3_RETRY_S)
        self._store = from_url(
            url,
            client_options={"allow_http": True, "timeout": timeout},
            retry_config={"max_retries": 1, "retry_timeout": retry},
        )

    def write(self, path: str, data: bytes) -> None:
        # Reading does without: a photo that cannot be read says nothing of the others.
        with self._breaker.attempt():
            self._store.put(path, data, use_multipart=False)

    def read(self, path: str) -> bytes:
        return bytes(self._store.get(path).bytes())

    def delete(self, path: str) -> None:
        with self._breaker.attempt():
            self._store.delete(path)

    def probe(self) -> None:
        try:
            self.write(_TRIAL, b"")
        except FileNotFoundError as error:
            raise OSError("the bucket is missing") from error

    def folders(self) -> Iterable[str]:
        return self._store.list_with_delimiter()["common_prefixes"]

    def of_folder(self, folder: str) -> Iterable[str]:
        return [entry["path"] for entries in self._store.list(folder) for entry in entries]


class PhotoStore:
    """Files below one address; safe to share between threads. Every method may raise ``StorageError``."""

    def __init__(self, url: str) -> None:
        """Prepare, with a folder or an address such as ``s3://bucket/prefix``; nothing is opened yet."""
        self._folder = None if url.startswith("s3://") else Path(url.removeprefix("file://"))
        self._files = _Bucket(url) if self._folder is None else _Folder(self._folder)

    def refuse_below_reserve(self) -> None:
        """Raise StorageError if the folder's disk has no room; a bucket's is its own affair."""
        if self._folder is not None:
            refuse_below_reserve(self._folder)

    def write(self, path: str, data: bytes) -> None:
        """Keep a file; one of the same name is replaced. It outlasts a power cut from now on."""
        self.refuse_below_reserve()
        try:
            with _failures():
                self._files.write(path, data)
        except FileNotFoundError as error:
            # The bucket is missing, or the folder that the disk was mounted on.
            STORAGE_FAILURES.labels(Storage.PHOTOS).inc()
            raise StorageError("the photo store is not there") from error

    def read(self, path: str) -> bytes:
        """Read a file, or raise FileNotFoundError."""
        with _failures():
            return self._files.read(path)

    def probe(self) -> None:
        """Raise StorageError if no photo could be kept now."""
        with _failures():
            self._files.probe()

    def delete(self, paths: Iterable[str]) -> None:
        """Delete files; those that are gone already are no failure."""
        for path in paths:
            with suppress(FileNotFoundError), _failures():
                self._files.delete(path)

    def days(self) -> Sequence[date]:
        """The days that have files, or had some."""
        with suppress(FileNotFoundError), _failures():
            return sorted(day for name in self._files.folders() if (day := _day(name)) is not None)
        return []

    def below(self, folder: str) -> Sequence[str]:
        """The paths of all files of one folder."""
        with suppress(FileNotFoundError), _failures():
            return list(self._files.of_folder(folder))
        return []


class PhotoReader:
    """Reads many photos past those that are damaged; several threads may share one."""

    def __init__(self, store: PhotoStore, *, photos: int) -> None:
        """Prepare to read so many photos."""
        self._store = store
        self._away_after = min(_AWAY_AFTER, photos)
        self._failed_in_a_row = 0

    def read(self, path: str) -> bytes | None:
        """A photo, or None if it is not there or cannot be read; StorageError if the store seems to be away."""
        try:
            data = self._store.read(path)
        except FileNotFoundError:
            return None
        except StorageError:
            self._failed_in_a_row += 1
            if self._failed_in_a_row >= self._away_after:
                raise
            return None
        self._failed_in_a_row = 0
        return data


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    # Drivers of object stores raise many types; the caller can only try again later.
    except Exception as error:
        STORAGE_FAILURES.labels(Storage.PHOTOS).inc()
        raise StorageError(f"the photo store failed: {type(error).__name__}") from error


def photo_path(public_id: str, position: int, day: date) -> str:
    """Return a photo's path. It starts with the day, so that leftovers of a killed process can be found quickly."""
    return f"{day.isoformat()}/{public_id}-{position}.jpg"


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(name)
    except ValueError:
        return None
    return day if day.isoformat() == name else None


def case_of(path: str) -> str:
    """The public id of the case that a photo belongs to."""
    return path.rpartition("/")[2].rpartition("-")[0]
