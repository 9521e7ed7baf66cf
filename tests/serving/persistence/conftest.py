"""Both databases, each real; a test that names ``engine`` runs on both."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from benchmarks.faults.postgresql import PostgreSql
from serving.persistence.engine import connect
from serving.persistence.migration import upgrade


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without a single table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'majani.sqlite3'}"
    server: PostgreSql = request.getfixturevalue("postgresql")
    engine = connect(server.url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return server.url


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    """A database with all migrations."""
    engine = connect(empty_url)
    upgrade(engine)
    yield engine
    engine.dispose()
