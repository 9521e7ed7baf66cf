"""Whether all that was acknowledged is there and whole: rows, files, and what holds them together. Changes nothing."""

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from io import BytesIO

from PIL import Image
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from serving.cases.photo_store import PhotoReader
from serving.cases.repository import CaseRepository
from serving.persistence.engine import database_failures, is_sqlite, read_only

# An object store answers many at a time.
_THREADS = 8

logger = logging.getLogger(__name__)


class Flaw(StrEnum):
    """What can be wrong."""

    MISSING = "photos that cases name and that are not there"
    UNREADABLE = "photos that cannot be decoded"
    STRAY = "photos that belong to no case"
    FOREIGN_KEY = "rows that refer to none"
    INTEGRITY = "faults of the database's file"


def find_flaws(engine: Engine, repository: CaseRepository) -> Mapping[Flaw, int]:
    """How many of each there are; the log names photos. The service may run meanwhile.

    The database's own checks are SQLite's; PostgreSQL keeps foreign keys itself, and a backup reads all of its rows.

    Raises:
        StorageError: If the database or the photo store is away, or the database's file cannot be read at all.
    """
    broken = {Flaw.FOREIGN_KEY: 0, Flaw.INTEGRITY: 0}
    if is_sqlite(engine):
        with database_failures(), read_only(engine).connect() as connection:
            broken[Flaw.FOREIGN_KEY] = len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())
            broken[Flaw.INTEGRITY] = _count_faults(connection)
    paths = repository.cases.photo_paths()
    reader = PhotoReader(repository.photos, photos=len(paths))
    with ThreadPoolExecutor(_THREADS) as threads:
        looked = zip(paths, threads.map(lambda path: _look(reader, path), paths), strict=True)
        flawed = {path: flaw for path, flaw in looked if flaw is not None}
    # The others were deleted since the paths were read.
    known = set(repository.cases.photo_paths()) if flawed else set()
    flawed = {path: flaw for path, flaw in flawed.items() if path in known}
    for path, flaw in flawed.items():
        logger.error("%s: one of the %s", path, flaw)
    photos = list(flawed.values())
    stray = sum(len(part) for part in repository.strays())
    return {flaw: photos.count(flaw) for flaw in (Flaw.MISSING, Flaw.UNREADABLE)} | {Flaw.STRAY: stray} | broken


def _count_faults(connection: Connection) -> int:
    try:
        lines = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    # Some faults end the check itself.
    except DatabaseError:
        return 1
    return sum(line != "ok" for line in lines)


def _look(reader: PhotoReader, path: str) -> Flaw | None:
    data = reader.read(path)
    if data is None:
        return Flaw.MISSING
    try:
        with Image.open(BytesIO(data), formats=("JPEG",)) as image:
            # Reads all of it and computes an eighth.
            image.draft("L", (1, 1))
            image.load()
    except OSError:
        return Flaw.UNREADABLE
    return None
