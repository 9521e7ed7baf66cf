"""A database that cannot be used does not keep the service from starting."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import text

from serving.persistence.cases import Cases, UnknownCaseError
from serving.persistence.migration import open_database


def test_new_file_has_all_tables(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'majani.sqlite3'}")
    with pytest.raises(UnknownCaseError):
        Cases(engine).find("nobody")
    engine.dispose()


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


def test_folder_in_its_place_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        open_database(f"sqlite:///{tmp_path}").dispose()
    assert len(caplog.records) == 1
