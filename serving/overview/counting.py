"""Cases counted by the database, by time and by place; no single case leaves it.

A reviewed case counts by the experts' verdict, all others by the model's answer. A case on which experts disagree
counts as uncertain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Double,
    Engine,
    Integer,
    Select,
    String,
    case,
    cast,
    distinct,
    func,
    literal,
    null,
    select,
    union_all,
)

from majani.decision.rules import Outcome
from majani.taxonomy import HEALTHY
from serving.overview.filters import Filters, midnight
from serving.overview.outbreak import BASELINE_WEEKS, GAP_WEEKS, Week
from serving.overview.small_cells import Cell
from serving.persistence.engine import is_sqlite
from serving.persistence.models import Case, Photo, Review
from serving.persistence.repository import read_session
from serving.persistence.review_record import ReviewVerdict
from serving.persistence.usage import day_of_case

# Those in which a leaf of a known crop was seen; only they can tell how common a condition is.
_LEAF_SEEN = (Outcome.HEALTHY, Outcome.CONDITION, Outcome.UNCERTAIN)
_COMPARED_WEEKS = 1 + GAP_WEEKS + BASELINE_WEEKS


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


def count_cases(engine: Engine, filters: Filters, today: date) -> Counts:
    """Count what ``filters`` let through."""
    seen = _filtered(engine, filters, today)
    sizes = (func.count().label("cases"), func.sum(seen.c.reviewed).label("reviewed"))
    nowhere = (cast(null(), Double).label("latitude"), cast(null(), Double).label("longitude"))
    never = (cast(null(), Date).label("day"), cast(null(), String).label("outcome"), cast(null(), String))
    of_days = select(seen.c.day, seen.c.outcome, seen.c.condition, *nowhere, *sizes)
    of_cells = select(*never, seen.c.latitude, seen.c.longitude, *sizes).where(seen.c.latitude.is_not(None))
    # Use one statement, so that all counts see the same cases.
    counting = union_all(
        of_days.group_by(seen.c.day, seen.c.outcome, seen.c.condition),
        of_cells.group_by(seen.c.latitude, seen.c.longitude),
    )
    with read_session(engine) as session:
        rows = session.execute(counting).all()
    return Counts(
        by_day=tuple(
            Count(row.day, Outcome(row.outcome), row.condition, row.cases, int(row.reviewed))
            for row in rows
            if row.day is not None
        ),
        cells={Cell(row.latitude, row.longitude): row.cases for row in rows if row.day is None},
    )


@dataclass(frozen=True)
class History:
    """A condition in one area, or everywhere if None, week by week with the present one first."""

    cell: Cell | None
    condition: str
    weeks: tuple[Week, ...]


def count_weeks(engine: Engine, now: datetime) -> tuple[History, ...]:
    """Count each condition, but not healthy, in spans of seven days that end now; in every area and in all."""
    since = now - timedelta(weeks=_COMPARED_WEEKS)
    seen = _shown(engine).where(Case.created_at >= since, Case.created_at <= now).cte("seen")
    week = _week(engine, seen.c.created_at, now)
    # All others are one number.
    sick_with = case((seen.c.outcome == Outcome.CONDITION.value, seen.c.condition), else_=cast(null(), String))
    counting = (
        select(week.label("week"), seen.c.latitude, seen.c.longitude, sick_with.label("sick_with"), func.count())
        .where(seen.c.outcome.in_([outcome.value for outcome in _LEAF_SEEN]))
        .group_by("week", seen.c.latitude, seen.c.longitude, "sick_with")
    )
    with read_session(engine) as session:
        rows = session.execute(counting).all()
    totals: dict[Cell | None, list[int]] = {}
    sick: dict[tuple[Cell | None, str], list[int]] = {}
    for number, latitude, longitude, condition, cases in rows:
        # The edge itself.
        at = min(number, _COMPARED_WEEKS - 1)
        for cell in {None if latitude is None else Cell(latitude, longitude), None}:
            totals.setdefault(cell, [0] * _COMPARED_WEEKS)[at] += cases
            if condition is not None:
                sick.setdefault((cell, condition), [0] * _COMPARED_WEEKS)[at] += cases
    return tuple(
        History(cell, condition, tuple(map(Week, cases, totals[cell]))) for (cell, condition), cases in sick.items()
    )


@dataclass(frozen=True)
class ReviewedPhotos:
    """Stored photos in one cell that all their reviewers call the same, and the cases that they are of."""

    cell: Cell
    condition: str
    cases: int
    photos: int


def count_reviewed_photos(engine: Engine) -> tuple[ReviewedPhotos, ...]:
    """Count those with a place, of all time."""
    shown = _shown(engine).add_columns(Case.id).subquery()
    group = (shown.c.latitude, shown.c.longitude, shown.c.condition)
    counting = (
        select(*group, func.count(distinct(shown.c.id)), func.count())
        .join(Photo, Photo.case_id == shown.c.id)
        .where(shown.c.reviewed == 1, Photo.path.is_not(None), *(column.is_not(None) for column in group))
        .group_by(*group)
    )
    with read_session(engine) as session:
        rows = session.execute(counting).all()
    return tuple(ReviewedPhotos(Cell(latitude, longitude), *rest) for latitude, longitude, *rest in rows)


def _filtered(engine: Engine, filters: Filters, today: date) -> CTE:
    # A case of the next day may come in around midnight, or from a machine whose clock is ahead.
    since, until = midnight(filters.first_day(today)), midnight(today + timedelta(days=1))
    shown = _shown(engine).where(Case.created_at >= since, Case.created_at < until).subquery()
    chosen = select(shown)
    if filters.crop is not None:
        of_crop = shown.c.condition.startswith(f"{filters.crop}.", autoescape=True)
        chosen = chosen.where(of_crop | (shown.c.condition.is_(None) & (shown.c.crop_hint == filters.crop)))
    if filters.condition is not None:
        chosen = chosen.where(shown.c.condition == filters.condition)
    if filters.outcome is not None:
        chosen = chosen.where(shown.c.outcome == filters.outcome.value)
    return chosen.cte("seen")


def _shown(engine: Engine) -> Select[Any]:
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
        Case.created_at,
        func.coalesce(reviewed_outcome, Case.outcome).label("outcome"),
        case((agreed.c.case_id.is_(None), Case.condition), else_=reviewed_condition).label("condition"),
        Case.crop_hint,
        Case.latitude,
        Case.longitude,
        case((agreed.c.case_id.is_(None), 0), else_=1).label("reviewed"),
    ).outerjoin(agreed, agreed.c.case_id == Case.id)


def _week(engine: Engine, moment: ColumnElement[datetime], now: datetime) -> ColumnElement[int]:
    """How many times seven days ago, 0 for less than seven."""
    if is_sqlite(engine):
        days = func.julianday(now.replace(tzinfo=None).isoformat(sep=" ")) - func.julianday(moment)
        return cast(days / 7, Integer)
    days = func.extract("epoch", literal(now) - moment) / 86_400
    return cast(func.floor(days / 7), Integer)
