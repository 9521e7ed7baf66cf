"""Backups: the database and the photos of its cases, together in one folder.

The database is copied first. A photo is written before its case, so all photos of the copied cases are there to be
copied afterwards, unless a case was deleted meanwhile; then it is deleted from the copy too. Restoring goes the other
way round, so no case is ever without its photos.
"""

import logging
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Engine

from serving.cases.database_copy import copy_database
from serving.cases.photo_store import PhotoReader, PhotoStore, case_of
from serving.persistence.cases import Cases
from serving.persistence.deletion_log import DeletionLog
from serving.persistence.engine import StorageError, connect, disposing
from serving.persistence.migration import upgrade

DATABASE_FILE = "majani.sqlite3"
PHOTOS_DIR = "photos"
# An object store answers many at a time.
_THREADS = 8

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Copied:
    """What a backup holds, and how many photos of its cases were not there or could not be read."""

    photos: int
    missing_photos: int


def write_backup(engine: Engine, photos: PhotoStore, folder: Path) -> Copied:
    """Write a backup to ``folder``, which appears when it is complete; the service may run meanwhile.

    Raises:
        StorageError: If the database or the photo store is away, or the store has none of the photos.
        OSError: If the backup cannot be written, or is there already.
    """
    partial = folder.with_name(f"{folder.name}.partial")
    partial.mkdir(mode=0o700)
    try:
        with _open(partial) as copy:
            copy_database(engine, copy)
            paths = Cases(copy).photo_paths()
            missing = _copy_photos(paths, photos, PhotoStore(str(partial / PHOTOS_DIR)))
            gone = set(missing) - set(Cases(engine).photo_paths() if missing else ())
            cases = {case_of(path) for path in gone}
            Cases(copy).delete(cases - Cases(engine).known(cases))
        lost = _named([path for path in missing if path not in gone])
        if lost and len(missing) == len(paths):
            # A disk that is not mounted looks like an empty folder.
            raise StorageError("the photo store has none of the photos")
        partial.rename(folder)
    except BaseException:
        # Every attempt on a full disk would leave a part behind.
        shutil.rmtree(partial)
        raise
    return Copied(len(paths) - len(missing), lost)


def restore_backup(folder: Path, engine: Engine, photos: PhotoStore) -> Copied:
    """Replace the database behind ``engine`` by the backup in ``folder``, and add its photos.

    What was deleted since the backup, as the log beside the photos says or its copy beside the backup, is first deleted
    in the backup too. A backup of an older release is brought up to date in its folder; one of a newer release is a
    CommandError of alembic.
    """
    with _open(folder) as copy:
        # Its copy beside the backup is for the day on which a disk fails with database and photos.
        for log in (photos, PhotoStore(str(folder.absolute().parent))):
            DeletionLog(log).repeat(copy)
        paths = Cases(copy).photo_paths()
        missing = _copy_photos(paths, PhotoStore(str(folder / PHOTOS_DIR)), photos)
        copy_database(copy, engine)
    return Copied(len(paths) - len(missing), _named(missing))


def _named(lost: Sequence[str]) -> int:
    for path in lost:
        logger.error("%s: not there, or not to be read", path)
    return len(lost)


def _copy_photos(paths: Sequence[str], source: PhotoStore, target: PhotoStore) -> list[str]:
    """Copy photos; gives the paths of those that were not there or could not be read."""
    reader = PhotoReader(source, photos=len(paths))

    def copy(path: str) -> bool:
        data = reader.read(path)
        if data is not None:
            target.write(path, data)
        return data is not None

    with ThreadPoolExecutor(_THREADS) as threads:
        return [path for path, is_copied in zip(paths, threads.map(copy, paths), strict=True) if not is_copied]


@contextmanager
def _open(folder: Path) -> Iterator[Engine]:
    with disposing(connect(URL.create("sqlite", database=str(folder / DATABASE_FILE)))) as engine:
        upgrade(engine)
        yield engine
