"""Connections: which driver, and how SQLite is set up."""

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from serving.persistence.engine import connect, disposing
from serving.persistence.models import Delivery


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
