"""Folders for the processes of one server, which are cleared away even if it is killed.

Each is locked for as long as a process lives that inherited it: the master, and every worker. The lock is on the folder
itself, because that is where programs look that delete old temporary files (``systemd-tmpfiles`` after ten days).
"""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

_UNLOCKED = "new-"


def make(prefix: str, parent: Path) -> tuple[Path, int]:
    """Make one that nobody else can read; ``prefix`` begins its name.

    Returns:
        Its path, and the file descriptor that holds the lock.

    Raises:
        OSError: If there is no room for it.
    """
    # Under another name until it is locked, or a server that starts at the same moment would take it for abandoned.
    unlocked = Path(tempfile.mkdtemp(prefix=_UNLOCKED + prefix, dir=parent))
    try:
        lock = _lock(unlocked, fcntl.LOCK_EX)
    except OSError:
        unlocked.rmdir()
        raise
    return unlocked.rename(parent / unlocked.name.removeprefix(_UNLOCKED)), lock


def remove_abandoned(prefix: str, parent: Path) -> None:
    """Delete what servers have left behind that were killed, so that nothing fills up over the years."""
    for folder in parent.glob(f"{prefix}*"):
        # In use, somebody else's, or gone in the meantime.
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
