"""However a connection to PostgreSQL breaks, it is a failure of the database, and the next one works."""

import gc
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.harness import wire
from benchmarks.harness.postgresql import PostgreSql
from benchmarks.harness.wire import State, Wire
from serving.circuit_breaker import RETRY_S
from serving.persistence import engine as database
from serving.persistence.engine import StorageError, database_failures
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
def engine(postgresql: PostgreSql, to_server: Wire, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """At the end of a wire, and impatient."""
    monkeypatch.setattr(database, "_SILENCE_S", SILENCE_S)
    engine = database.connect(postgresql.url.replace(str(postgresql.port), str(to_server.port)))
    yield engine
    engine.dispose()
    # Within the tests that the mark covers.
    gc.collect()


def ask(engine: Engine, question: str = "SELECT 1") -> None:
    with engine.connect() as connection:
        connection.execute(text(question))


@pytest.mark.parametrize("state", [State.CUT, State.SILENT])
def test_server_that_is_away(state: State, engine: Engine, to_server: Wire) -> None:
    ask(engine)
    to_server.become(state)
    took_s = how_long_it_fails(engine)
    assert took_s < 1.7 * SILENCE_S, "who has waited for an old connection waits for a new one too"
    ends_at = time.monotonic() + 3 * RETRY_S
    while time.monotonic() < ends_at:
        assert how_long_it_fails(engine) < 0.7 * SILENCE_S, "a sender waits for a server that is known to be away"
    to_server.become(State.WHOLE)
    wait_until(lambda: is_there(engine), most_s=5 * RETRY_S)


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


def test_server_that_falls_silent_in_the_middle(engine: Engine) -> None:
    with pytest.raises(SQLAlchemyError):
        ask(engine, f"SELECT pg_sleep({4 * SILENCE_S})")
    wait_until(lambda: is_there(engine), most_s=5 * RETRY_S)


def test_who_finds_all_connections_in_use_is_not_kept_waiting(
    postgresql: PostgreSql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the server has fallen silent, and each connection is held by a request that waits for it."""
    monkeypatch.setattr(database, "_POOL_WAIT_S", 0.01)
    engine = database.connect(postgresql.url)
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
    monkeypatch.setattr("serving.persistence.engine._ABANDONED_MS", 500)
    engine = database.connect(postgresql.url)
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
