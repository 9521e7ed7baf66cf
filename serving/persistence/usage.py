"""Counts the use and the quality of the service. It never returns a single case."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Date, Engine, Select, func, literal_column, select, union_all

from serving.persistence.engine import is_sqlite
from serving.persistence.models import Case, Feedback
from serving.persistence.repository import read_session


class Counted(StrEnum):
    """What cases are counted by."""

    OUTCOME = "outcome"
    MODEL_VERSION = "model_version"
    LANGUAGE = "language"
    ORIGIN = "origin"
    VERDICT = "verdict"


@dataclass(frozen=True)
class UsageCount:
    """Cases with the same value, counted on the day in UTC on which they were sent."""

    day: date
    counted: Counted
    value: str
    cases: int


def count_cases(engine: Engine, *, since: datetime) -> tuple[UsageCount, ...]:
    """Count the cases that were sent since a moment, by day; what did not occur is left out."""
    # Use one statement, so that all counts are of the same moment.
    counting = union_all(*(_counts(engine, counted, since) for counted in Counted))
    with read_session(engine) as session:
        rows = session.execute(counting).all()
    return tuple(UsageCount(row.day, Counted(row.counted), row.value, row.cases) for row in rows)


def _counts(engine: Engine, counted: Counted, since: datetime) -> Select[Any]:
    column = Feedback.verdict if counted is Counted.VERDICT else getattr(Case, counted)
    counts = select(
        day_of_case(engine).label("day"),
        literal_column(f"'{counted}'").label("counted"),
        column.label("value"),
        func.count().label("cases"),
    ).where(Case.created_at >= since)
    if counted is Counted.VERDICT:
        counts = counts.join(Feedback, Feedback.case_id == Case.id)
    return counts.group_by("day", "value")


def day_of_case(engine: Engine) -> ColumnElement[date]:
    """Return the day of a case in UTC. SQLite stores UTC; PostgreSQL has to convert to it."""
    if is_sqlite(engine):
        return func.date(Case.created_at, type_=Date())
    return func.date(func.timezone(literal_column("'UTC'"), Case.created_at), type_=Date())
