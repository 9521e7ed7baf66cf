"""What is published of PostgreSQL was measured with its durability as it is by default."""

import pytest
from sqlalchemy import text

from benchmarks.faults.postgresql import find_binaries
from benchmarks.harness.databases import empty_databases
from serving.persistence.engine import connect
from tests.absence import absent


@pytest.fixture(autouse=True)
def _installed() -> None:
    if find_binaries() is None:
        absent("PostgreSQL is not installed (initdb and pg_ctl, Debian's package postgresql)")


def waits_for_the_disk(url: str) -> bool:
    engine = connect(url)
    with engine.connect() as connection:
        answers = {name: connection.scalar(text(f"SHOW {name}")) for name in ("fsync", "synchronous_commit")}
    engine.dispose()
    return answers == {"fsync": "on", "synchronous_commit": "on"}


def test_speed_is_that_of_a_database_that_waits_for_the_disk() -> None:
    with empty_databases() as databases:
        assert waits_for_the_disk(databases["postgresql"])
