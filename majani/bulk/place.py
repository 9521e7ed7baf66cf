"""A folder on this machine or in an object store, in which each file is complete or absent."""

import os
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
            return sorted(str(path).rpartition("/")[2] for path in self.file_system.ls(self.root, detail=False))
        except FileNotFoundError:
            return []
        # Libraries of object stores raise many types.
        except Exception as error:
            raise BulkError(ErrorCode.BULK_PLACE_UNUSABLE, f"{self.url} cannot be listed") from error

    def put(self, name: str, content: bytes) -> None:
        """Write a file here, all of it or nothing."""
        try:
            if self.is_local:
                unfinished = Path(self.root, f".{name}.part")
                unfinished.parent.mkdir(parents=True, exist_ok=True)
                with unfinished.open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                unfinished.replace(self.path(name))
            else:
                # An object appears when all of it has arrived.
                self.file_system.pipe_file(self.path(name), content)
        except Exception as error:
            raise BulkError(ErrorCode.BULK_PLACE_UNUSABLE, f"{self.url}: {name} cannot be written") from error

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
