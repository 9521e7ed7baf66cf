"""The connection to the database: SQLite in a file by default, PostgreSQL where several machines share one."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import pg8000
from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as WaitedError

from serving.circuit_breaker import CircuitBreaker, CircuitOpenError
from serving.persistence import sqlite_file
from serving.telemetry.metrics import STORAGE_FAILURES, Storage

# PostgreSQL counts as gone after that much silence.
_SILENCE_S = 5
# When all connections of a process are in use: transactions take milliseconds, so by then the server is away. Waiting
# longer would hold a thread that a request without the database could have.
_POOL_WAIT_S = 1
# The only driver that is installed; its licence is BSD, while psycopg's is LGPL.
_POSTGRESQL_DRIVER = "postgresql+pg8000"
# PostgreSQL's columns of row numbers hold no larger one.
MAX_ID = 2**31 - 1
# Every transaction of a request takes milliseconds.
_ABANDONED_MS = 10_000

Insert = sqlite.Insert | postgresql.Insert


def connect(url: str | URL, *, is_patient: bool = False) -> Engine:
    """Prepare connections, which are opened later; ArgumentError for no address.

    A patient one waits: for minutes for PostgreSQL, five seconds for SQLite's lock. Others hear after a second at most
    that storage is away.
    """
    address = make_url(url)
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername=_POSTGRESQL_DRIVER)
    is_postgresql = address.drivername == _POSTGRESQL_DRIVER
    is_limited = is_postgresql and not is_patient
    engine = create_engine(
        address,
        # They would end up in the log.
        hide_parameters=True,
        # Finds out that the server was restarted; a file is not.
        pool_pre_ping=is_postgresql,
        **({} if is_patient else {"pool_timeout": _POOL_WAIT_S}),
        **({"connect_args": {"timeout": _SILENCE_S}} if is_limited else {}),
    )
    if is_sqlite(engine):
        sqlite_file.listen(engine, is_patient=is_patient)
    elif is_postgresql:
        event.listen(engine, "do_connect", _PostgreSqlConnector(engine) if is_limited else _connect_postgresql)
        if is_limited:
            event.listen(engine, "connect", _end_abandoned_transactions)
    return engine


@contextmanager
def disposing(engine: Engine) -> Iterator[Engine]:
    """Close all connections of ``engine`` at the end."""
    try:
        yield engine
    finally:
        engine.dispose()


def is_sqlite(engine: Engine) -> bool:
    """Whether the database is a file of this machine."""
    return engine.dialect.name == "sqlite"


def is_damaged(engine: Engine) -> bool:
    """Whether SQLite's file is damaged, as far as is known; of PostgreSQL nothing is."""
    return is_sqlite(engine) and sqlite_file.is_damaged(engine)


def refuse_while_locked(engine: Engine) -> None:
    """Raise NotBegunError while another process is known to hold SQLite's write lock."""
    try:
        sqlite_file.refuse_while_locked(engine)
    except CircuitOpenError as error:
        STORAGE_FAILURES.labels(Storage.DATABASE).inc()
        raise NotBegunError("the database was locked a moment ago") from error


def read_only(engine: Engine) -> Engine:
    """The same database for transactions that only read, so that SQLite does not make them wait for each other."""
    return engine.execution_options(**{sqlite_file.READS_ONLY: True})


def take_turn(connection: Connection, number: int) -> None:
    """Let one transaction at a time go on from here, of all with this number in the database."""
    # SQLite has taken its only write lock by beginning.
    if not is_sqlite(connection.engine):
        connection.execute(select(func.pg_advisory_xact_lock(number)))


def insert(engine: Engine, table: type[Any]) -> Insert:
    """An insert that can say what to do about a row that is there already; both databases have the same words."""
    return sqlite.insert(table) if is_sqlite(engine) else postgresql.insert(table)


def upsert(engine: Engine, table: type[Any], key: Mapping[str, Any], values: Mapping[str, Any], **first: Any) -> Insert:
    """Write a row, or ``values`` of the one with this key; what comes ``first`` is for a new one alone."""
    writing = insert(engine, table).values({**key, **first, **values})
    return writing.on_conflict_do_update(index_elements=[*key], set_=values)


def insert_latest(engine: Engine, table: type[Any], key: str, moment: str, where: Any = None) -> Insert:
    """An insert that only renews the moment of a row with the same key, if it is later."""
    writing = insert(engine, table)
    is_later = writing.excluded[moment] > getattr(table, moment)
    where = is_later if where is None else where & is_later
    return writing.on_conflict_do_update(index_elements=[key], set_={moment: writing.excluded[moment]}, where=where)


def truncate_wal(engine: Engine) -> None:
    """Take what was deleted out of SQLite's journal too; StorageError if others read meanwhile, such as a backup."""
    if is_sqlite(engine):
        with closing(engine.raw_connection()) as connection:
            is_busy, *_ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise StorageError("the journal of the database is being read")


class StorageError(Exception):
    """Storage cannot be used right now. Nothing was acknowledged; the same request may succeed later."""


class NotBegunError(StorageError):
    """The same, and nothing was written: neither a connection nor a lock was free in time."""


@contextmanager
def database_failures() -> Iterator[None]:
    """Turn whatever a driver raises into StorageError."""
    try:
        yield
    except SQLAlchemyError as error:
        STORAGE_FAILURES.labels(Storage.DATABASE).inc()
        kind = NotBegunError if isinstance(error, WaitedError) else StorageError
        # The driver's words may repeat values.
        raise kind(f"the database failed: {type(error).__name__}") from error


class PostgreSqlConnection(pg8000.Connection):  # type: ignore[misc]
    """A connection whose every failure is one of the driver's own errors."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        with _network_errors():
            super().__init__(*args, **kwargs)

    def handle_messages(self, context: Any) -> None:
        """Read what the server answers."""
        with _network_errors():
            super().handle_messages(context)


def _connect_postgresql(_: object, __: object, arguments: list[Any], options: dict[str, Any]) -> PostgreSqlConnection:
    return PostgreSqlConnection(*arguments, **options)


class _PostgreSqlConnector:
    """Connects unless the server was away a moment ago: else each request would wait for its silence."""

    def __init__(self, engine: Engine) -> None:
        arguments, options = engine.dialect.create_connect_args(engine.url)
        self._breaker = CircuitBreaker(
            lambda: _connect_postgresql(None, None, list(arguments), {**options, "timeout": _SILENCE_S}).close()
        )
        event.listen(engine, "handle_error", self._note)

    def __call__(self, *details: Any) -> PostgreSqlConnection:
        try:
            with self._breaker.attempt():
                return _connect_postgresql(*details)
        except CircuitOpenError as error:
            raise pg8000.InterfaceError("the server was away a moment ago") from error

    def _note(self, context: ExceptionContext) -> None:
        # Who has waited for an old connection need not wait for a new one too.
        if context.is_disconnect:
            self._breaker.open()


def _end_abandoned_transactions(connection: Any, _: object) -> None:
    """Have the server end a transaction that its process does not go on with.

    A machine that is cut off in the middle of one holds the key of its case. Otherwise a phone that sends that case
    again to another machine would fail for as long as the connection seems to be alive: often two hours.
    """
    # Set it for the session, outside a transaction. A rollback would undo it.
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(f"SET idle_in_transaction_session_timeout = {_ABANDONED_MS}")
    cursor.close()
    connection.autocommit = False


@contextmanager
def _network_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # SQLAlchemy recognises the failure by the driver's own words.
        raise pg8000.InterfaceError("network error") from error
