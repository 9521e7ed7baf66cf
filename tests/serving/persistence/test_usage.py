"""Cases are counted by the day on which they were sent, in UTC, and never shown."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from serving.persistence.engine import is_sqlite
from serving.persistence.models import Case, Feedback
from serving.persistence.usage import count_cases

FIRST = date(2026, 5, 3)
SINCE = datetime(2026, 5, 3, tzinfo=UTC)

Keep = Callable[..., None]


@pytest.fixture
def keep(engine: Engine) -> Keep:
    """Keeps a case: ``keep(moment, outcome="healthy", verdict="right")``."""
    numbers = iter(range(1000))

    def add(moment: datetime, verdict: str | None = None, **properties: Any) -> None:
        usual = {"origin": "api", "language": "sw", "model_version": "1.0", "outcome": "healthy"}
        case = Case(
            public_id=f"case {next(numbers)}",
            token_hash="0" * 64,
            created_at=moment,
            answer={},
            keeps_photos=False,
            **usual | properties,
        )
        if verdict is not None:
            # Days after the case, for which it counts.
            case.feedback = Feedback(verdict=verdict, given_at=moment + timedelta(days=9))
        with Session(engine) as session, session.begin():
            session.add(case)

    return add


@pytest.fixture
def _database_in_nairobi(engine: Engine) -> Iterator[None]:
    """PostgreSQL tells the time of wherever its operator says it is; SQLite has no such thing."""
    if is_sqlite(engine):
        yield
        return
    _tell(engine, "ALTER ROLE postgres SET timezone TO 'Africa/Nairobi'")
    yield
    _tell(engine, "ALTER ROLE postgres RESET timezone")


@pytest.mark.usefixtures("_database_in_nairobi")
def test_cases_are_counted_in_every_way_by_days_that_begin_and_end_in_utc(engine: Engine, keep: Keep) -> None:
    noon = SINCE + timedelta(hours=12)
    nairobi = timezone(timedelta(hours=3))
    keep(datetime(2026, 5, 3, 3, tzinfo=nairobi), verdict="right")
    keep(noon, verdict="wrong", outcome="condition", language="en", origin="page")
    keep(datetime(2026, 5, 4, 2, 59, 59, tzinfo=nairobi), outcome="condition", model_version="1.1")
    keep(datetime(2026, 5, 4, 3, tzinfo=nairobi))
    # Earlier, so it does not count.
    keep(SINCE - timedelta(microseconds=1), verdict="right")
    assert _by_day(engine) == {
        FIRST: {
            ("outcome", "healthy"): 1,
            ("outcome", "condition"): 2,
            ("model_version", "1.0"): 2,
            ("model_version", "1.1"): 1,
            ("language", "sw"): 2,
            ("language", "en"): 1,
            ("origin", "api"): 2,
            ("origin", "page"): 1,
            ("verdict", "right"): 1,
            ("verdict", "wrong"): 1,
        },
        FIRST + timedelta(days=1): {
            ("outcome", "healthy"): 1,
            ("model_version", "1.0"): 1,
            ("language", "sw"): 1,
            ("origin", "api"): 1,
        },
    }


def _tell(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))
    # It holds for new connections.
    engine.dispose()


def _by_day(engine: Engine) -> dict[date, dict[tuple[str, str], int]]:
    return {
        day: {(counted.value, value): cases for counted, values in counts.items() for value, cases in values.items()}
        for day, counts in count_cases(engine, since=SINCE).items()
    }
