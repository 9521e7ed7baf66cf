"""Counts the use and the quality of the service. It never returns a single case."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Date, Engine, Select, func, literal_column, select, union_all

from serving.persistence.cases import Places, within
from serving.persistence.engine import is_sqlite
from serving.persistence.models import Case, Feedback
from serving.persistence.repository import read_session


class Counted(StrEnum):
    """What cases are counted by, each a column."""

    OUTCOME = "outcome"
    MODEL_VERSION = "model_version"
    LANGUAGE = "language"
    ORIGIN = "origin"
    VERDICT = "verdict"


# By day in UTC on which cases were sent, by what they are counted by, and by its values.
UsageCounts = Mapping[date, Mapping[Counted, Mapping[str, int]]]


def count_cases(
    engine: Engine, *, since: datetime, client_id: int | None = None, district: Places | None = None
) -> UsageCounts:
    """Count the cases since a moment, of one program, of one district or of all; what did not occur is left out."""
    which = Case.created_at >= since
    if client_id is not None:
        which &= Case.client_id == client_id
    # Use one statement, so that all counts are of the same moment.
    counting = union_all(*(within(_counts(engine, counted, which), district) for counted in Counted))
    with read_session(engine) as session:
        rows = session.execute(counting).all()
    counts: dict[date, dict[Counted, dict[str, int]]] = {}
    for day, counted, value, cases in rows:
        counts.setdefault(day, {}).setdefault(Counted(counted), {})[value] = cases
    return counts


def _counts(engine: Engine, counted: Counted, which: ColumnElement[bool]) -> Select[Any]:
    column = Feedback.verdict if counted is Counted.VERDICT else getattr(Case, counted)
    counts = select(
        day_of_case(engine).label("day"),
        literal_column(f"'{counted}'").label("counted"),
        column.label("value"),
        func.count().label("cases"),
    ).where(which)
    if counted is Counted.VERDICT:
        counts = counts.join(Feedback, Feedback.case_id == Case.id)
    return counts.group_by("day", "value")


def day_of_case(engine: Engine) -> ColumnElement[date]:
    """Return the day of a case in UTC. SQLite stores UTC; PostgreSQL has to convert to it."""
    if is_sqlite(engine):
        return func.date(Case.created_at, type_=Date())
    return func.date(func.timezone(literal_column("'UTC'"), Case.created_at), type_=Date())
