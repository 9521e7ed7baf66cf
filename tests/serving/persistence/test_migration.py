"""A database as 0.1.0 left it comes to today's tables with everything that it held, also from several processes."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, MetaData, Row, Table, insert, inspect, select, text

from majani.model.bundle import sha256_hex
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence import migration
from serving.persistence.cases import Cases
from serving.persistence.engine import connect, disposing
from serving.persistence.migration import NewerTablesError, is_current, open_database, upgrade
from serving.persistence.models import Base
from serving.persistence.reviews import Reviews
from tests.serving.live import ROOT

CASES, TOKENS = 1000, 20
CREATED = datetime(2026, 11, 26, 9, tzinfo=UTC)
# Parameters of one statement: both databases take 32,767.
AT_ONCE = 500


def answer(number: int) -> dict[str, Any]:
    """In the words of 0.1.0: photos say nothing of the crop that they show."""
    rust = {"id": "bean.rust", "name": "Bean rust", "crop": "bean", "crop_name": "Common bean", "probability": 0.91}
    return {
        "outcome": "condition",
        "condition": rust,
        "coarse": None,
        "confidence": {"right": 172, "answered": 180, "right_of_ten": 9},
        "candidates": [rust],
        "photos": [{"used": True, "retake": [], "error": None}],
        "crop_hint": "bean" if number % 2 else None,
        "model_version": "2026.11.26-ffb28f50",
    }


def contents() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Rows by table, each table after those that it names."""
    cases, tokens = range(1, CASES + 1), range(1, TOKENS + 1)
    token = {"role": Role.EXTENSION.value, "created_at": CREATED, "expires_at": CREATED + timedelta(days=36_500)}
    named = [(f"desk {number}", sha256_hex(f"token {number}".encode())) for number in tokens]
    known = [{**token, "name": name, "token_hash": hashed, "revoked_at": None} for name, hashed in named]
    yield "access_tokens", [*known[:-1], known[-1] | {"revoked_at": CREATED}]
    case = {
        **{"language": "sw", "model_version": "2026.11.26-ffb28f50", "latitude": -1.3, "longitude": 36.8},
        **{"outcome": "condition", "condition": "bean.rust", "probability": 0.91},
        **{"keeps_photos": True, "signals": {"doubt": 0.2}, "worth": 0.1},
    }
    of_each = [
        {
            "public_id": f"{number:022}",
            "token_hash": sha256_hex(f"case {number}".encode()),
            "created_at": CREATED + timedelta(minutes=number),
            "origin": ("api", "page", "whatsapp", "telegram")[number % 4],
            "crop_hint": answer(number)["crop_hint"],
            "answer": answer(number),
            "reviews_wanted": 1 + number % 2,
        }
        for number in cases
    ]
    yield "cases", [case | own for own in of_each]
    photo = {"position": 0, "width_px": 640, "height_px": 480, "heatmap": bytes(range(81))}
    photo |= {"heatmap_rows": 9, "heatmap_columns": 9, "likeliest": "bean.rust", "embedding": bytes(64)}
    yield "photos", [{**photo, "case_id": number, "path": f"2026-11-26/{number}-0.jpg"} for number in cases]
    feedback = {"verdict": "right", "condition": None, "given_at": CREATED}
    yield "feedback", [{**feedback, "case_id": number} for number in cases]
    keys = [(number, sha256_hex(f"key {number}".encode())) for number in cases]
    sent = [{"key_hash": key, "request_hash": key, "case_id": number} for number, key in keys]
    yield "idempotency_keys", [{**key, "created_at": CREATED} for key in sent]
    said = {"verdict": "condition", "condition": "bean.rust", "first_label": "bean.rust", "reviewed_at": CREATED}
    by_both = [{"case_id": number, "reviewer_id": by, "note": f"plot {number}"} for number in cases for by in (1, 2)]
    yield "reviews", [said | own for own in by_both]
    yield "desk_sessions", [{"token_id": 1, "secret_hash": sha256_hex(b"desk"), "expires_at": CREATED}]
    at_sender = {"channel": "whatsapp", "language": "fr", "opted_out": True, "changed_at": CREATED}
    yield "recipients", [{**at_sender, "address_hash": sha256_hex(b"sender")}]


def rows(engine: Engine, tables: list[Table]) -> dict[str, list[Row[Any]]]:
    with engine.connect() as connection:
        return {
            table.name: list(connection.execute(select(table).order_by(*table.primary_key)).all()) for table in tables
        }


def migrate(engine: Engine, move: Callable[..., None], to: str) -> None:
    with engine.begin() as connection:
        config = migration._config()
        config.attributes["connection"] = connection
        move(config, to)


def test_a_database_of_0_1_0_keeps_all_its_cases_reviews_and_tokens(empty_url: str) -> None:
    engine = connect(empty_url)
    migrate(engine, command.upgrade, "0005")
    known = MetaData()
    known.reflect(engine)
    # Nothing shows the answers of challengers any more.
    gone = ("alembic_version", "shadow_answers")
    tables = [table for table in known.sorted_tables if table.name not in gone]
    with engine.begin() as connection:
        for name, values in contents():
            for start in range(0, len(values), AT_ONCE):
                connection.execute(insert(known.tables[name]).values(values[start : start + AT_ONCE]))
    before = rows(engine, tables)
    assert [len(before[name]) for name in ("cases", "photos", "reviews")] == [CASES, CASES, 2 * CASES]
    assert len(before["access_tokens"]) == TOKENS

    upgrade(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    # In the columns of 0.1.0, all of them.
    assert rows(engine, tables) == before
    # And to today's code.
    case = Cases(engine).find(f"{CASES:022}")
    assert case.diagnosis.condition is not None
    assert (case.diagnosis.condition.id, case.photos[0].path) == ("bean.rust", f"2026-11-26/{CASES}-0.jpg")
    word = Reviews(engine).expert_word(case.public_id)
    assert word is not None
    assert (word.condition, word.remark) == ("bean.rust", None)
    tokens = AccessTokens(engine)
    access = tokens.find("token 1")
    assert (access.name, access.worker_id, access.district) == ("desk 1", access.id, None)
    assert [one.revoked_at is None for one in tokens.list()] == [True] * (TOKENS - 1) + [False]
    # Back again, too: SQLite changes some things only in a copy, and dropping the original would take along whatever
    # names it.
    migrate(engine, command.downgrade, "0005")
    assert rows(engine, tables) == before
    migrate(engine, command.downgrade, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    engine.dispose()


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
    assert ["newer release" in record.message for record in caplog.records] == [True]
    with disposing(connect(url)) as engine:
        for refused in (is_current, upgrade):
            with pytest.raises(NewerTablesError):
                refused(engine)
