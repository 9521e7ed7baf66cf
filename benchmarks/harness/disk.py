"""A disk of its own that is small enough to fill; mounting it takes the rights of root."""

import errno
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness.absence import NotHereError

_SIZE = "64m"
_BLOCK = bytes(4096)


class SmallDisk:
    """A file system in memory, at ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

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
def mount(folder: Path, size: str = _SIZE) -> Iterator[SmallDisk]:
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "majani-faults", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        said = error.stderr.strip() if isinstance(error, subprocess.CalledProcessError) else str(error)
        raise NotHereError(f"a small disk cannot be mounted here: {said}") from error
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607
