"""A database that cannot be used does not keep the service from starting."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import text

from serving.persistence.migration import open_database


def test_tables_newer_than_the_code_are_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    url = f"sqlite:///{tmp_path / 'majani.sqlite3'}"
    engine = open_database(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with caplog.at_level(logging.ERROR):
        open_database(url).dispose()
    assert [record.message for record in caplog.records] == [
        "the database cannot be used; nothing will be kept until it can"
    ]
