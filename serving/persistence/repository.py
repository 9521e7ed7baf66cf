"""Sessions of the database, and what all repositories have in common. Every use may raise ``StorageError``.

Space stays free on a disk for what has to work when there is no room: deleting, revoking, signing in. All of these
write. Without a reserve, a sender who fills the disk could not be shut out, and nothing could be deleted.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from sqlalchemy import Connection, Engine, Executable, Row, Select
from sqlalchemy.orm import Session

from serving.clock import now
from serving.persistence.engine import StorageError, database_failures, is_sqlite, read_only, refuse_while_locked
from serving.persistence.known_time import refuse_clock_behind
from serving.telemetry.metrics import STORAGE_FAILURES, Storage

# SQLite writes each page that it changes into its journal first, which grows for as long as a backup reads: deleting
# ten thousand cases takes 60 MB. The rest is for requests that are on their way.
RESERVE_BYTES = 256 * 1024 * 1024
# Five photos of each request that 100 threads have on their way, folders of days, journals.
RESERVE_FILES = 1000

Found = TypeVar("Found")
Columns = TypeVarTuple("Columns")


@contextmanager
def read_session(engine: Engine) -> Iterator[Session]:
    """A session that only reads."""
    with database_failures(), Session(read_only(engine)) as session:
        yield session


@contextmanager
def write_session(engine: Engine) -> Iterator[Session]:
    """A session in one transaction, which is committed at the end; rows stay as they were then."""
    with database_failures(), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


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


def refuse_new(engine: Engine, moment: datetime) -> None:
    """Raise StorageError if nothing new can be kept: the clock is behind, there is no room, or SQLite is locked."""
    refuse_clock_behind(engine, moment)
    refuse_without_room(engine)
    refuse_while_locked(engine)


class Repository:
    """Base of all repositories; safe to share between threads."""

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] = now) -> None:
        self.engine, self._clock = engine, clock

    def _moment(self, *, is_new: bool = True) -> datetime:
        """The time of what is written now; StorageError as of :func:`refuse_new`.

        What deletes or shuts somebody out is not new, and written on a full disk too.
        """
        moment = self._clock()
        (refuse_new if is_new else refuse_clock_behind)(self.engine, moment)
        return moment

    def _reading(self) -> AbstractContextManager[Session]:
        return read_session(self.engine)

    def _first(self, asking: Select[Found]) -> Found | None:
        with self._reading() as session:
            return session.scalar(asking)

    def _all(self, asking: Select[Found]) -> Sequence[Found]:
        with self._reading() as session:
            return session.scalars(asking).all()

    def _rows(self, asking: Select[*Columns]) -> Sequence[Row[*Columns]]:
        with self._reading() as session:
            return session.execute(asking).all()

    def _writing(self) -> AbstractContextManager[Session]:
        return write_session(self.engine)

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """A transaction without a session's bookkeeping, which takes longer than the database for simple rows."""
        with database_failures(), self.engine.begin() as connection:
            yield connection

    def _run(self, statement: Executable) -> int:
        """Execute one statement, and return the number of rows that it changed."""
        with self._connection() as connection:
            return connection.execute(statement).rowcount
