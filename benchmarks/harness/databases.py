"""Both databases with all tables and nothing in them, for measurements that compare them."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness.postgresql import find_binaries, run_server
from serving.persistence.engine import connect
from serving.persistence.migration import upgrade


@contextmanager
def empty_databases() -> Iterator[Mapping[str, str]]:
    """The address of each by its name; SQLite makes its tables when it is first used."""
    binaries = find_binaries()
    if binaries is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory() as folder, run_server(binaries, is_durable=True) as server:
        engine = connect(server.url, is_patient=True)
        upgrade(engine)
        engine.dispose()
        yield {"sqlite": f"sqlite:///{Path(folder) / 'majani.sqlite3'}", "postgresql": server.url}
