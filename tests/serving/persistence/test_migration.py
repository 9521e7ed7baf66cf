"""Migrations lead to exactly the tables that the code has, from anywhere, also when several processes start at once."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from serving.persistence import migration
from serving.persistence.case_record import FeedbackVerdict
from serving.persistence.cases import Cases
from serving.persistence.engine import connect
from serving.persistence.migration import is_current, open_database, upgrade
from serving.persistence.models import Base
from tests.serving.persistence.test_cases import KEY, new_case

ROOT = Path(__file__).parents[3]


def test_migrations_make_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_migration_leads_back(engine: Engine) -> None:
    with engine.begin() as connection:
        config = migration._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    upgrade(engine)
    assert is_current(engine)


def test_cases_outlive_a_migration_with_all_that_hangs_on_them(engine: Engine) -> None:
    """SQLite changes some things only in a copy, and dropping the original would take along whatever names it."""
    cases = Cases(engine)
    cases.add(new_case("a" * 22, KEY, photos=2))
    cases.give_feedback("a" * 22, FeedbackVerdict.WRONG, None)
    kept = cases.find("a" * 22)
    with engine.begin() as connection:
        config = migration._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0005")
    # As an older release, which knows none of the new columns.
    with engine.begin() as connection:
        connection.execute(text("UPDATE cases SET language = 'fr'"))
    upgrade(engine)
    found = cases.find("a" * 22)
    assert (found.feedback, len(found.photos), found.diagnosis) == (kept.feedback, 2, kept.diagnosis)
    replayed = cases.replay(KEY)
    assert replayed is not None
    assert replayed.public_id == "a" * 22


def test_processes_that_start_together_take_turns(empty_url: str) -> None:
    script = (
        "import sys; from serving.persistence.engine import connect; from serving.persistence.migration import upgrade;"
        "print('ready', flush=True); sys.stdin.readline(); upgrade(connect(sys.argv[1]))"
    )
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    other = subprocess.Popen([sys.executable, "-c", script, empty_url], cwd=ROOT, text=True, **pipes)
    assert other.stdin is not None
    assert other.stdout is not None
    assert other.stdout.readline() == "ready\n"
    engine = connect(empty_url)
    assert not is_current(engine)
    other.stdin.write("\n")
    other.stdin.flush()
    upgrade(engine)
    assert other.communicate(timeout=60)[1] == ""
    upgrade(engine)
    assert is_current(engine)
    engine.dispose()


def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = connect(empty_url)

    def upgrade_and_fail(config: object, revision: str) -> None:
        command_upgrade(config, revision)  # type: ignore[arg-type]
        raise RuntimeError("power cut")

    command_upgrade = command.upgrade
    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="power cut"):
        patch.setattr(command, "upgrade", upgrade_and_fail)
        upgrade(engine)
    assert inspect(engine).get_table_names() == []
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
