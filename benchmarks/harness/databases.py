"""Databases with all tables and nothing in them, for measurements."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness.postgresql import PostgreSql, run_server
from serving.persistence.engine import connect
from serving.persistence.migration import upgrade


@contextmanager
def run_postgresql() -> Iterator[PostgreSql]:
    """A PostgreSQL that waits for the disk, with all tables."""
    with run_server(is_durable=True) as server:
        engine = connect(server.url, is_patient=True)
        upgrade(engine)
        engine.dispose()
        yield server


@contextmanager
def empty_databases() -> Iterator[Mapping[str, str]]:
    """The address of each by its name; SQLite makes its tables when it is first used."""
    with tempfile.TemporaryDirectory() as folder, run_postgresql() as server:
        yield {"sqlite": f"sqlite:///{Path(folder) / 'majani.sqlite3'}", "postgresql": server.url}
