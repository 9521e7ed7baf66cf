"""Space that stays free on a disk for what has to work when there is no room: deleting, revoking, signing in.

All of these write. Without a reserve, a sender who fills the disk could not be shut out, and nothing could be deleted.
"""

import os
from pathlib import Path

from sqlalchemy import Engine

from serving.persistence.engine import StorageError, is_sqlite
from serving.telemetry.metrics import STORAGE_FAILURES, Storage

# SQLite writes each page that it changes into its journal first, which grows for as long as a backup reads: deleting
# ten thousand cases takes 60 MB. The rest is for requests that are on their way.
RESERVE_BYTES = 256 * 1024 * 1024
# Five photos of each request that 100 threads have on their way, folders of days, journals.
RESERVE_FILES = 1000


def refuse_below_reserve(place: Path) -> None:
    """Raise StorageError if nothing more may be kept on the disk of ``place``, which need not exist yet."""
    for path in (place, *place.absolute().parents):
        try:
            disk = os.statvfs(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StorageError(f"the disk cannot be looked at: {type(error).__name__}") from error
        free, files = disk.f_bavail * disk.f_frsize, disk.f_favail
        # Some file systems make room for files as they come, and count none.
        if free < RESERVE_BYTES or (disk.f_files and files < RESERVE_FILES):
            STORAGE_FAILURES.labels(Storage.DISK).inc()
            raise StorageError(f"the disk has {free >> 20} MB and {files} files left; the rest is for deleting")
        return


def refuse_without_room(engine: Engine) -> None:
    """The same of the disk of a database; that of a server is its own affair."""
    if is_sqlite(engine) and engine.url.database:
        refuse_below_reserve(Path(engine.url.database).parent)
