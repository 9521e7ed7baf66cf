"""A database as 0.1.0 left it comes to today's tables with everything that it held."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from alembic import command
from sqlalchemy import Engine, MetaData, Row, Table, insert, select

from majani.model.bundle import sha256_hex
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence import migration
from serving.persistence.cases import Cases
from serving.persistence.engine import connect
from serving.persistence.reviews import Reviews

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
    yield (
        "access_tokens",
        [
            {
                "name": f"desk {number}",
                "role": Role.EXTENSION.value,
                "token_hash": sha256_hex(f"token {number}".encode()),
                "created_at": CREATED,
                "expires_at": CREATED + timedelta(days=36_500),
                "revoked_at": CREATED if number == TOKENS else None,
            }
            for number in tokens
        ],
    )
    yield (
        "cases",
        [
            {
                "public_id": f"{number:022}",
                "token_hash": sha256_hex(f"case {number}".encode()),
                "created_at": CREATED + timedelta(minutes=number),
                "origin": ("api", "page", "whatsapp", "telegram")[number % 4],
                "language": "sw",
                "model_version": "2026.11.26-ffb28f50",
                "crop_hint": answer(number)["crop_hint"],
                "outcome": "condition",
                "condition": "bean.rust",
                "probability": 0.91,
                "answer": answer(number),
                "latitude": -1.3,
                "longitude": 36.8,
                "keeps_photos": True,
                "signals": {"doubt": 0.2},
                "worth": 0.1,
                "reviews_wanted": 1 + number % 2,
            }
            for number in cases
        ],
    )
    photo = {"position": 0, "width_px": 640, "height_px": 480, "heatmap": bytes(range(81))}
    seen = {"heatmap_rows": 9, "heatmap_columns": 9, "likeliest": "bean.rust", "embedding": bytes(64)}
    yield "photos", [{**photo, **seen, "case_id": number, "path": f"2026-11-26/{number}-0.jpg"} for number in cases]
    yield (
        "feedback",
        [{"case_id": number, "verdict": "right", "condition": None, "given_at": CREATED} for number in cases],
    )
    keys = ((number, sha256_hex(f"key {number}".encode())) for number in cases)
    yield (
        "idempotency_keys",
        [{"key_hash": key, "request_hash": key, "case_id": number, "created_at": CREATED} for number, key in keys],
    )
    said = {"verdict": "condition", "condition": "bean.rust", "first_label": "bean.rust", "reviewed_at": CREATED}
    yield (
        "reviews",
        [
            {**said, "case_id": number, "reviewer_id": reviewer, "note": f"plot {number}"}
            for number in cases
            for reviewer in (1, 2)
        ],
    )
    yield "desk_sessions", [{"token_id": 1, "secret_hash": sha256_hex(b"desk"), "expires_at": CREATED}]
    at_sender = {"channel": "whatsapp", "language": "fr", "opted_out": True, "changed_at": CREATED}
    yield "recipients", [{**at_sender, "address_hash": sha256_hex(b"sender")}]


def rows(engine: Engine, tables: list[Table]) -> dict[str, list[Row[Any]]]:
    with engine.connect() as connection:
        return {
            table.name: list(connection.execute(select(table).order_by(*table.primary_key)).all()) for table in tables
        }


def test_a_database_of_0_1_0_keeps_all_its_cases_reviews_and_tokens(empty_url: str) -> None:
    engine = connect(empty_url)
    with engine.begin() as connection:
        config = migration._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
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
    assert {name: len(before[name]) for name in ("cases", "photos", "reviews", "access_tokens")} == {
        **{"cases": CASES, "photos": CASES},
        **{"reviews": 2 * CASES, "access_tokens": TOKENS},
    }

    migration.upgrade(engine)

    # In the columns of 0.1.0, all of them.
    assert rows(engine, tables) == before
    # And to today's code.
    case = Cases(engine).find(f"{CASES:022}")
    assert case.diagnosis.condition is not None
    assert (case.diagnosis.condition.id, case.photos[0].path) == ("bean.rust", f"2026-11-26/{CASES}-0.jpg")
    word = Reviews(engine).expert_word(case.public_id)
    assert word is not None
    assert word.condition == "bean.rust"
    tokens = AccessTokens(engine)
    access = tokens.find("token 1")
    assert (access.name, access.worker_id, access.district) == ("desk 1", access.id, None)
    assert [one.revoked_at is None for one in tokens.list()] == [True] * (TOKENS - 1) + [False]
    engine.dispose()
