"""A disk of its own that is small enough to fill; mounting it takes the rights of root."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness.absence import NotHereError

# Some more than the service keeps free: it can be filled down to there, and to the end.
_SIZE = "384m"
_BLOCK = bytes(4096)


class SmallDisk:
    """A file system in memory, at ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def leave(self, free_bytes: int) -> None:
        """Take all but so much of it."""
        disk = os.statvfs(self.folder)
        with self._filler.open("wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, disk.f_bavail * disk.f_frsize - free_bytes)

    def fill(self) -> None:
        """Take what is left of it, to the last block."""
        with self._filler.open("ab", buffering=0) as filler:
            try:
                while filler.write(_BLOCK) == len(_BLOCK):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def free(self) -> None:
        self._filler.unlink()


@contextmanager
def mount(folder: Path, size: str = _SIZE, *, files: int = 0) -> Iterator[SmallDisk]:
    """Mount one of a size, for any number of files or so many."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes={files}", "majani-faults", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        said = error.stderr.strip() if isinstance(error, subprocess.CalledProcessError) else str(error)
        raise NotHereError(f"a small disk cannot be mounted here: {said}") from error
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607
