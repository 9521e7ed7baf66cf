"""Connections: which driver, how SQLite is set up, and that the next one to PostgreSQL works however one breaks."""

import gc
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.harness import wire
from benchmarks.harness.postgresql import PostgreSql
from benchmarks.harness.wire import State, Wire
from serving.circuit_breaker import RETRY_S
from serving.persistence import engine as database
from serving.persistence.engine import StorageError, connect, database_failures, disposing
from serving.persistence.models import Delivery
from tests.waiting import wait_until

# The driver does not close a socket without an answer; Python's garbage collector closes it later.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

SILENCE_S = 2.0
# Of one process, as docs/operation.md says.
CONNECTIONS = 15


@pytest.fixture
def to_server(postgresql: PostgreSql) -> Iterator[Wire]:
    with wire.lay(postgresql.port) as found:
        yield found


@pytest.fixture
def wired(postgresql: PostgreSql, to_server: Wire, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """At the end of a wire, and impatient."""
    monkeypatch.setattr(database, "_SILENCE_S", SILENCE_S)
    engine = connect(postgresql.url.replace(str(postgresql.port), str(to_server.port)))
    yield engine
    engine.dispose()
    # Within the tests that the mark covers.
    gc.collect()


def ask(engine: Engine, question: str = "SELECT 1") -> None:
    with engine.connect() as connection:
        connection.execute(text(question))


@pytest.mark.parametrize("state", [State.CUT, State.SILENT])
def test_server_that_is_away(state: State, wired: Engine, to_server: Wire) -> None:
    ask(wired)
    to_server.become(state)
    took_s = how_long_it_fails(wired)
    assert took_s < 1.7 * SILENCE_S, "who has waited for an old connection waits for a new one too"
    ends_at = time.monotonic() + 3 * RETRY_S
    while time.monotonic() < ends_at:
        assert how_long_it_fails(wired) < 0.7 * SILENCE_S, "a sender waits for a server that is known to be away"
    to_server.become(State.WHOLE)
    wait_until(lambda: is_there(wired), most_s=5 * RETRY_S)


def how_long_it_fails(engine: Engine) -> float:
    began = time.monotonic()
    with pytest.raises(SQLAlchemyError):
        ask(engine)
    return time.monotonic() - began


def is_there(engine: Engine) -> bool:
    with suppress(SQLAlchemyError):
        ask(engine)
        return True
    return False


def test_server_that_falls_silent_in_the_middle(wired: Engine) -> None:
    with pytest.raises(SQLAlchemyError):
        ask(wired, f"SELECT pg_sleep({4 * SILENCE_S})")
    wait_until(lambda: is_there(wired), most_s=5 * RETRY_S)


def test_who_finds_all_connections_in_use_is_not_kept_waiting(
    postgresql: PostgreSql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the server has fallen silent, and each connection is held by a request that waits for it."""
    monkeypatch.setattr(database, "_POOL_WAIT_S", 0.01)
    engine = connect(postgresql.url)
    with ExitStack() as others:
        for _ in range(CONNECTIONS):
            others.enter_context(engine.connect())
        began = time.monotonic()
        with pytest.raises(StorageError), database_failures():
            ask(engine)
        assert time.monotonic() - began < 5
    ask(engine)
    engine.dispose()


def test_transaction_that_nobody_goes_on_with_holds_nobody_up(
    postgresql: PostgreSql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a machine that was frozen in the middle of keeping a case."""
    monkeypatch.setattr(database, "_ABANDONED_MS", 500)
    engine = connect(postgresql.url)
    taking = text("SELECT pg_advisory_xact_lock(7)")
    with engine.connect() as other:
        abandoned = engine.connect()
        abandoned.execute(taking)
        other.execute(taking)
        with pytest.raises(SQLAlchemyError):
            abandoned.execute(text("SELECT 1"))
        abandoned.invalidate()
        abandoned.close()
    engine.dispose()


def test_usual_addresses_find_their_driver() -> None:
    for scheme in ("postgresql", "postgres", "postgresql+pg8000"):
        assert connect(f"{scheme}://majani@db/majani").dialect.driver == "pg8000"


def test_sqlite_lets_readers_and_a_writer_work_together_also_where_processes_open_a_new_file(tmp_path: Path) -> None:
    file = tmp_path / "majani.sqlite3"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    # As one that got there first.
    other.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.3, other.execute, ["ROLLBACK"])
    done.start()
    with disposing(connect(f"sqlite:///{file}")) as engine, engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous")
        }
    # Written to disk before a message counts as answered, also if the power fails.
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}
    done.join()
    other.close()


def test_errors_hide_values(engine: Engine) -> None:
    row = {"channel": "whatsapp", "message_hash": "hash-of-somebody", "claimed_at": datetime.now(UTC)}
    with engine.connect() as connection, pytest.raises(Exception, match=r"UNIQUE|unique") as caught:
        connection.execute(insert(Delivery).values([row, row]))
    assert "SQL parameters hidden" in str(caught.value)
