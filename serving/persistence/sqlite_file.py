"""SQLite's file: how it is opened, who writes to it next, and whether it is damaged."""

import sqlite3
import threading
import time
from contextlib import closing
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Dialect, Engine, ExceptionContext, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as WaitedError

from serving.circuit_breaker import CircuitBreaker, CircuitOpenError

# How long one process waits for another's write; every transaction here takes milliseconds.
_BUSY_TIMEOUT_MS = 5000
# Of a request, which has a sender who waits, and twice: if nobody has written meanwhile, the lock is not passed on.
_REQUEST_TIMEOUT_MS = 500
# A lock that is passed on all the time is free by then.
_TRIAL_MS = 100
# Switching a new file to another journal takes less.
_SWITCH_PAUSE_S = 0.01
# Mask for the primary part of SQLite's error codes. The other bits give details.
_PRIMARY_CODE = 0xFF
READS_ONLY = "majani_reads_only"
# All of so many bytes is read in 50 ms, or within seconds where no page of it is in memory.
_READ_WHOLE_BYTES = 64 * 1024 * 1024
_LOOK_EVERY_S = 60.0
# Files in which something damaged was met, and until when others count as whole.
_suspects: set[str] = set()
_whole_until: dict[str, float] = {}


def listen(engine: Engine, *, is_patient: bool) -> None:
    """Set up connections as they are opened, and begin their transactions."""

    def set_up(connection: Any, _: object) -> None:
        _set_up(connection, _BUSY_TIMEOUT_MS if is_patient else _REQUEST_TIMEOUT_MS)

    event.listen(engine, "connect", set_up)
    if is_patient:
        event.listen(engine, "begin", _begin)
    else:
        _turns[engine.dialect] = turns = _Turns(str(engine.url.database))
        event.listen(engine, "begin", turns)
    event.listen(engine, "handle_error", _note_damage)


def refuse_while_locked(engine: Engine) -> None:
    """Raise CircuitOpenError if the write lock was held a moment ago for too long, and nothing says that it is free."""
    if engine.dialect in _turns:
        _turns[engine.dialect].check()


def is_damaged(engine: Engine) -> bool:
    """Whether the file is damaged, as far as a look at a large one's ends, or at all of a small one, tells.

    What requests have met counts too, until all was looked at and is whole. Of a file that cannot be opened, nothing is
    known.
    """
    file = str(engine.url.database)
    if time.monotonic() < _whole_until.get(file, 0):
        return False
    try:
        # Others answer from pages that they have read before.
        with closing(_open(file)) as connection:
            is_whole = _look(connection, is_suspect=file in _suspects)
    except sqlite3.Error as error:
        return _is_damage(error)
    if is_whole:
        _suspects.discard(file)
        _whole_until[file] = time.monotonic() + _LOOK_EVERY_S
    return not is_whole


def _look(connection: sqlite3.Connection, *, is_suspect: bool) -> bool:
    pages, page_bytes = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    if pages * page_bytes <= _READ_WHOLE_BYTES:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for order in ("ASC", "DESC"):
            connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid {order} LIMIT 1').fetchall()  # noqa: S608 - ours
    return not is_suspect


def _open(file: str, wait_ms: int = _TRIAL_MS) -> sqlite3.Connection:
    """One that makes no new file."""
    return sqlite3.connect(f"file:{quote(file)}?mode=rw", timeout=wait_ms / 1000, isolation_level=None, uri=True)


def _is_damage(error: BaseException | None) -> bool:
    code = getattr(error, "sqlite_errorcode", 0)
    return code & _PRIMARY_CODE in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _note_damage(context: ExceptionContext) -> None:
    if _is_damage(context.original_exception) and context.engine is not None:
        file = str(context.engine.url.database)
        _suspects.add(file)
        _whole_until.pop(file, None)


def _set_up(connection: Any, wait_ms: int) -> None:
    # Python would begin transactions itself, and only before some statements.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {wait_ms}")
    _switch_to_wal(cursor)
    cursor.execute("PRAGMA foreign_keys = ON")
    # What is deleted is overwritten; some builds only forget where it was.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    """Let readers and the writer work side by side. Only one of several new processes can switch; others retry."""
    deadline = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_SWITCH_PAUSE_S)
        else:
            return


def _begin(connection: Connection) -> None:
    # A transaction that first reads and then writes fails at once if another wrote in between, without waiting.
    only_reads = connection.get_execution_options().get(READS_ONLY, False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


def _begin_writing(connection: Connection) -> None:
    give_up_at = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
    version = None
    while True:
        try:
            _begin(connection)
        except OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", 0) & _PRIMARY_CODE != sqlite3.SQLITE_BUSY:
                raise
            before, version = version, _version(connection)
            if version == before or time.monotonic() > give_up_at:
                raise WaitedError("the write lock is held") from error
        else:
            return


def _version(connection: Connection) -> Any:
    """A number that changes when another connection has written."""
    return connection.connection.cursor().execute("PRAGMA data_version").fetchone()


class _Turns:
    """Begins transactions. Those that write need SQLite's only write lock, and do not wait if it is known to be held.

    One thread of a process waits for it at a time: SQLite itself prefers those that came last, so that a busy service
    would seem to be locked.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._turn = threading.Lock()
        self._breaker = CircuitBreaker(self._try)
        self.check = self._breaker.check

    def __call__(self, connection: Connection) -> None:
        if connection.get_execution_options().get(READS_ONLY, False):
            _begin(connection)
            return
        try:
            with self._turn, self._breaker.attempt():
                _begin_writing(connection)
        except CircuitOpenError as error:
            raise WaitedError("the write lock was held a moment ago") from error

    def _try(self) -> None:
        with closing(_open(self._file)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")


# By what an engine has in common with those that only read.
_turns: WeakKeyDictionary[Dialect, _Turns] = WeakKeyDictionary()
