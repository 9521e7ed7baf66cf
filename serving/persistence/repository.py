"""Sessions of the database, and what all repositories have in common. Every use may raise ``StorageError``."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine, Executable
from sqlalchemy.orm import Session

from serving.clock import now
from serving.persistence.engine import database_failures, read_only, refuse_while_locked
from serving.persistence.known_time import refuse_clock_behind
from serving.persistence.reserve import refuse_without_room


@contextmanager
def read_session(engine: Engine) -> Iterator[Session]:
    """A session that only reads."""
    with database_failures(), Session(read_only(engine)) as session:
        yield session


@contextmanager
def write_session(engine: Engine) -> Iterator[Session]:
    """A session in one transaction, which is committed at the end."""
    with database_failures(), Session(engine) as session, session.begin():
        yield session


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
