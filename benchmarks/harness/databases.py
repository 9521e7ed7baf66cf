"""A database with all tables and nothing in them, for measurements."""

from collections.abc import Iterator
from contextlib import contextmanager

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
