"""A folder on this machine or in an object store, in which each file is complete or absent."""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from majani.errors import BulkError, ErrorCode


class Place:
    """The folder of a run's files, here or in an object store. Failures are ``bulk_place_unusable``."""

    def __init__(self, url: str) -> None:
        """Look up the file system, which must be installed; nothing is opened or made yet."""
        self.url = url
        try:
            # Any: fsspec is not typed.
            found: tuple[Any, str] = url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise BulkError(ErrorCode.BULK_PLACE_UNUSABLE, f"{url}: no file system for it is installed") from error
        self.file_system, self.root = found
        self.is_local = isinstance(self.file_system, LocalFileSystem)

    def path(self, name: str) -> str:
        """A file's whole path, as the file system writes it."""
        return f"{self.root.rstrip('/')}/{name}"

    def names(self) -> list[str]:
        """Names of the files that lie directly here; none if there is no such folder yet."""
        try:
            # Other processes write here too.
            self.file_system.invalidate_cache()
            return sorted(str(path).rpartition("/")[2] for path in self.file_system.ls(self.root, detail=False))
        except FileNotFoundError:
            return []
        # Libraries of object stores raise many types.
        except Exception as error:
            raise BulkError(ErrorCode.BULK_PLACE_UNUSABLE, f"{self.url} cannot be listed") from error

    def put(self, file: Path, name: str) -> None:
        """Copy a finished file here, all of it or nothing; of several processes that write one name, the first wins."""
        try:
            if self.is_local:
                self._put_locally(file, name)
            else:
                try:
                    # An object appears when all of it has arrived.
                    self.file_system.put_file(str(file), self.path(name), mode="create")
                except Exception:
                    # There already, of which each library has an error of its own, or a store without conditions.
                    self.file_system.invalidate_cache()
                    if not self.file_system.exists(self.path(name)):
                        self.file_system.put_file(str(file), self.path(name))
        except Exception as error:
            raise BulkError(ErrorCode.BULK_PLACE_UNUSABLE, f"{self.url}: {name} cannot be written") from error

    def _put_locally(self, file: Path, name: str) -> None:
        Path(self.root).mkdir(parents=True, exist_ok=True)
        # A name of its own: a process that was left behind by a killed run may be writing the same chunk.
        unfinished = Path(self.root, f".{name}.{uuid.uuid4().hex}.part")
        with file.open("rb") as source, unfinished.open("wb") as target:
            shutil.copyfileobj(source, target)
            target.flush()
            os.fsync(target.fileno())
        final = Path(self.path(name))
        try:
            final.hardlink_to(unfinished)  # which, unlike a renaming, leaves what is there
        except OSError:
            # There already, and then another process may have removed this one; or a file system without links.
            if not final.exists():
                unfinished.replace(final)
        unfinished.unlink(missing_ok=True)

    def remove_unfinished(self) -> None:
        """Remove unfinished files of killed processes."""
        if self.is_local:
            for unfinished in Path(self.root).glob(".*.part"):
                unfinished.unlink(missing_ok=True)

    def walk(self) -> Iterator[str]:
        """Paths of all files below, relative to here, folder by folder in the order of their names; no hidden ones."""
        try:
            for folder, folders, files in self.file_system.walk(self.root, on_error="raise"):
                # In place: this is how a walk is told where to go, and in which order.
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                within = folder.removeprefix(self.root.rstrip("/")).strip("/")
                for name in sorted(files):
                    if name and not name.startswith("."):
                        yield f"{within}/{name}" if within else name
        except Exception as error:
            raise BulkError(ErrorCode.BULK_PLACE_UNUSABLE, f"{self.url} cannot be listed") from error
