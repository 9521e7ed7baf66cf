"""Connections: which driver, and how SQLite is set up."""

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from serving.persistence.engine import connect
from serving.persistence.models import Delivery


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("postgresql://majani@db/majani", "pg8000"),
        ("postgres://majani@db/majani", "pg8000"),
        ("postgresql+pg8000://majani@db/majani", "pg8000"),
        ("sqlite:///majani.sqlite3", "pysqlite"),
    ],
)
def test_usual_addresses_find_their_driver(url: str, driver: str) -> None:
    assert connect(url).dialect.driver == driver


def test_sqlite_lets_readers_and_a_writer_work_together(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'majani.sqlite3'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        # Written to disk before a message counts as answered, also if the power fails.
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    engine.dispose()


def test_processes_that_open_a_new_file_together_wait_for_each_other(tmp_path: Path) -> None:
    file = tmp_path / "majani.sqlite3"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    # As one that got there first.
    other.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.3, other.execute, ["ROLLBACK"])
    done.start()
    engine = connect(f"sqlite:///{file}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()
    done.join()
    other.close()


def test_errors_hide_values(engine: Engine) -> None:
    row = {"channel": "whatsapp", "message_hash": "hash-of-somebody", "claimed_at": datetime.now(UTC)}
    with engine.connect() as connection, pytest.raises(Exception, match=r"UNIQUE|unique") as caught:
        connection.execute(insert(Delivery).values([row, row]))
    assert "SQL parameters hidden" in str(caught.value)
