"""Folders of one server or process; the next one deletes them if this one is killed.

A server's master locks a folder, and its workers inherit the lock, so it lasts until the last of them ends. The lock is
on the folder itself, where programs that delete old temporary files look for it (``systemd-tmpfiles`` after ten days).
"""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_UNLOCKED = "new-"


def make(prefix: str, parent: Path) -> tuple[Path, int]:
    """Make a folder for this account alone; returns its path and the file descriptor that holds the lock."""
    # It has another name until it is locked: a server that starts at the same moment would take it for abandoned.
    unlocked = Path(tempfile.mkdtemp(prefix=_UNLOCKED + prefix, dir=parent))
    try:
        lock = _lock(unlocked, fcntl.LOCK_EX)
    except OSError:
        unlocked.rmdir()
        raise
    return unlocked.rename(parent / unlocked.name.removeprefix(_UNLOCKED)), lock


@contextmanager
def lent(prefix: str) -> Iterator[Path]:
    """A folder for this process and for so long."""
    parent = Path(tempfile.gettempdir())
    remove_abandoned(prefix, parent)
    folder, lock = make(prefix, parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def remove_at_exit(folder: Path) -> None:
    """Delete a folder when this process ends; its workers inherit what is to be done at exit, and do nothing."""
    owner_id = os.getpid()

    def remove() -> None:
        if os.getpid() == owner_id:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)


def remove_abandoned(prefix: str, parent: Path) -> None:
    """Delete the folders of those that were killed."""
    for folder in parent.glob(f"{prefix}*"):
        # The folder may be in use, belong to another account, or have disappeared.
        with suppress(OSError):
            lock = _lock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _lock(folder: Path, operation: int) -> int:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, operation)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
