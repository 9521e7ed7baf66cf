"""Cases counted by the database, by time and by place; no single case leaves it.

A reviewed case counts by the experts' verdict, all others by the model's answer. A case on which experts disagree
counts as uncertain. A million cases are too many to count at every request, so the daily job counts those of whole
days; a request adds those of the days since. What reviewers say of older cases counts from the next night on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Double, Engine, Select, String, literal, null
from sqlalchemy.sql import case, cast, delete, distinct, func, insert, select, union_all

from majani.decision.rules import Outcome
from majani.taxonomy import HEALTHY
from serving.districts import Cell
from serving.overview.filters import Filters, midnight, monday
from serving.persistence.cases import Places, within
from serving.persistence.engine import is_sqlite, take_turn
from serving.persistence.models import Case, CaseCount, Review
from serving.persistence.repository import read_session, write_session
from serving.persistence.review_record import ReviewVerdict
from serving.persistence.usage import day_of_case

# Any number, as long as nothing but counting takes turns by it in the database.
TURN = 20_261_128
_KEYS = ("day", "latitude", "longitude", "outcome", "condition", "crop_hint")


@dataclass(frozen=True)
class Count:
    """Cases of one day in UTC with the same answer, and how many of them an expert has seen."""

    day: date
    outcome: Outcome
    condition: str | None
    cases: int
    reviewed: int


@dataclass(frozen=True)
class Counts:
    """The counts behind one view, all of the same moment. Only small-cell suppression may use the exact cells."""

    by_day: tuple[Count, ...]
    cells: Mapping[Cell, int]

    @property
    def all_cases(self) -> int:
        """Count all cases, with and without a place."""
        return sum(count.cases for count in self.by_day)


def count_cases(engine: Engine, filters: Filters, today: date, district: Places | None = None) -> Counts:
    """Count what ``filters`` let through; of a district all at once, because the nights count its days with others."""
    first = filters.first_day(today)
    level = "SERIALIZABLE" if is_sqlite(engine) else "REPEATABLE READ"
    with read_session(engine.execution_options(isolation_level=level)) as session:
        # No later ones: the clock was ahead when they were counted.
        nights = (CaseCount.latitude.is_(None), CaseCount.day < today)
        counted = session.scalar(select(func.max(CaseCount.day)).where(*nights))
        since = first if counted is None or district is not None else max(first, counted + timedelta(days=1))
        # A case of the next day may come in around midnight, or from a machine whose clock is ahead.
        live = within(_between(engine, since, today + timedelta(days=1)), district).subquery()
        rows = session.execute(_counting(live, filters, first if district is None else date.max, today)).all()
    return Counts(
        by_day=tuple(
            Count(row.day, Outcome(row.outcome), row.condition, int(row.cases), int(row.reviewed))
            for row in rows
            if row.day is not None
        ),
        cells={Cell(row.latitude, row.longitude): int(row.cases) for row in rows if row.day is None},
    )


def _counting(live: Any, filters: Filters, first: date, today: date) -> Any:
    """One statement for days and for places, so that both see the same cases."""
    of_nights = select(*(getattr(CaseCount, key) for key in (*_KEYS, "cases", "reviewed"))).where(
        CaseCount.day >= first, CaseCount.day < today
    )
    of_today = select(*(live.c[key] for key in _KEYS), literal(1).label("cases"), live.c.reviewed)

    def chosen(has_place: bool) -> Any:
        nights = of_nights.where(CaseCount.latitude.is_not(None) if has_place else CaseCount.latitude.is_(None))
        today = of_today.where(live.c.latitude.is_not(None)) if has_place else of_today
        seen = union_all(today, nights).subquery()
        return seen, _fitting(filters, seen)

    (days, of_days), (places, of_places) = chosen(False), chosen(True)
    sizes = [[func.sum(seen.c[name]).label(name) for name in ("cases", "reviewed")] for seen in (days, places)]
    nowhere = (cast(null(), Double).label("latitude"), cast(null(), Double).label("longitude"))
    never = (cast(null(), Date).label("day"), cast(null(), String).label("outcome"), cast(null(), String))
    return union_all(
        select(days.c.day, days.c.outcome, days.c.condition, *nowhere, *sizes[0])
        .where(*of_days)
        .group_by(days.c.day, days.c.outcome, days.c.condition),
        select(*never, places.c.latitude, places.c.longitude, *sizes[1])
        .where(*of_places)
        .group_by(places.c.latitude, places.c.longitude),
    )


def count_nights(engine: Engine, today: date) -> None:
    """Count all cases of whole days anew, week by week, so that nobody who stores a case waits for long."""
    with write_session(engine) as session:
        oldest = session.scalar(select(func.min(Case.created_at)))
        first = monday(today if oldest is None else oldest.date())
        session.execute(delete(CaseCount).where((CaseCount.day < first) | (CaseCount.day >= today)))
    for number in range((today - first).days // 7 + 1):
        week = first + timedelta(weeks=number)
        until = min(week + timedelta(weeks=1), today)
        shown = _between(engine, week, until).subquery()
        sizes = (func.count(), func.sum(shown.c.reviewed))
        keys = [shown.c[key] for key in _KEYS]
        nowhere = [keys[0], cast(null(), Double), cast(null(), Double), *keys[3:]]
        in_places = [literal(week, Date()), *keys[1:]]
        columns = [*_KEYS, "cases", "reviewed"]
        with write_session(engine) as session:
            # Another run would not see what this one inserts, and insert it again.
            take_turn(session.connection(), TURN)
            session.execute(delete(CaseCount).where(CaseCount.day >= week, CaseCount.day < week + timedelta(weeks=1)))
            days = select(*nowhere, *sizes).group_by(keys[0], *keys[3:])
            session.execute(insert(CaseCount).from_select(columns, days))
            places = select(*in_places, *sizes).where(shown.c.latitude.is_not(None)).group_by(*keys[1:])
            session.execute(insert(CaseCount).from_select(columns, places))


def _fitting(filters: Filters, seen: Any) -> list[ColumnElement[bool]]:
    conditions = []
    if filters.crop is not None:
        of_crop = seen.c.condition.startswith(f"{filters.crop}.", autoescape=True)
        conditions.append(of_crop | (seen.c.condition.is_(None) & (seen.c.crop_hint == filters.crop)))
    if filters.condition is not None:
        conditions.append(seen.c.condition == filters.condition)
    if filters.outcome is not None:
        conditions.append(seen.c.outcome == filters.outcome.value)
    return conditions


def _between(engine: Engine, since: date, until: date) -> Select[Any]:
    return shown_cases(engine).where(Case.created_at >= midnight(since), Case.created_at < midnight(until))


def shown_cases(engine: Engine) -> Select[Any]:
    """Every case with what is shown of it: what experts agree on, else what the model answered."""
    agreed = (
        select(
            Review.case_id,
            func.min(Review.verdict).label("verdict"),
            func.min(Review.condition).label("condition"),
            func.count(distinct(Review.verdict + func.coalesce(Review.condition, ""))).label("opinions"),
        )
        .group_by(Review.case_id)
        .subquery("agreed")
    )
    is_healthy = agreed.c.condition.endswith(f".{HEALTHY}", autoescape=True)
    reviewed_outcome = case(
        (agreed.c.opinions > 1, literal(Outcome.UNCERTAIN.value)),
        ((agreed.c.verdict == ReviewVerdict.CONDITION.value) & is_healthy, literal(Outcome.HEALTHY.value)),
        (agreed.c.verdict == ReviewVerdict.CANNOT_TELL.value, literal(Outcome.UNCERTAIN.value)),
        (agreed.c.verdict == ReviewVerdict.BAD_PHOTO.value, literal(Outcome.RETAKE.value)),
        # The other verdicts are outcomes; without a review, nothing.
        else_=agreed.c.verdict,
    )
    reviewed_condition = case((agreed.c.opinions == 1, agreed.c.condition), else_=cast(null(), String))
    return select(
        day_of_case(engine).label("day"),
        func.coalesce(reviewed_outcome, Case.outcome).label("outcome"),
        case((agreed.c.case_id.is_(None), Case.condition), else_=reviewed_condition).label("condition"),
        Case.crop_hint,
        Case.latitude,
        Case.longitude,
        case((agreed.c.case_id.is_(None), 0), else_=1).label("reviewed"),
    ).outerjoin(agreed, agreed.c.case_id == Case.id)
