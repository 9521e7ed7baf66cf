"""Counts by week, place and label, which are kept for years after the cases are gone, so that the season is known.

A place is kept only for weeks in which it has enough cases. All that people see of it is rounded down as well: see
:mod:`serving.overview.small_cells`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Engine, delete, func, insert, select, update

from majani.decision.rules import Outcome
from serving.districts import Boundaries, Cell
from serving.overview.counting import TURN, shown_cases
from serving.overview.export import written
from serving.overview.filters import midnight, monday
from serving.overview.small_cells import round_down
from serving.persistence.cases import HAS_PHOTOS
from serving.persistence.engine import take_turn
from serving.persistence.models import Case, WeeklyCount
from serving.persistence.repository import read_session, write_session

EVERYWHERE = ""
WEEK = timedelta(weeks=1)
# What says that a leaf of a known crop was seen, beside conditions.
_SEEN = Outcome.UNCERTAIN.value


class Counted(NamedTuple):
    """Cases of a week at a place with the same label; see :class:`WeeklyCount`."""

    week: date
    place: str
    label: str
    cases: int
    reviewed: int
    usual: int | None = None


def is_leaf(label: str) -> bool:
    """Whether a leaf of a known crop was seen; only such cases tell how common a condition is."""
    return "." in label or label == _SEEN


def read_weeks(engine: Engine, since: date, until: date) -> Sequence[Counted]:
    """Weeks that begin from ``since`` on and before ``until``."""
    columns = (getattr(WeeklyCount, name) for name in Counted._fields)
    asking = select(*columns).where(WeeklyCount.week >= since, WeeklyCount.week < until)
    with read_session(engine) as session:
        return [Counted(*row) for row in session.execute(asking)]


def known_weeks(engine: Engine) -> tuple[date, date] | None:
    """The first and the last week that was counted; None before the first."""
    with read_session(engine) as session:
        first, last = session.execute(select(func.min(WeeklyCount.week), func.max(WeeklyCount.week))).one()
    return None if first is None else (first, last)


def weeks_csv(weeks: Iterable[Counted], *, min_cases: int) -> str:
    """Years of whole weeks: all cases together exactly, those of a place as small-cell suppression lets them."""

    def rows() -> Iterator[tuple[object, ...]]:
        yield ("week", "place", "crop", "label", "cases", "usual_up_to")
        for row in sorted(weeks):
            cases = round_down(row.cases, min_cases) if row.place else row.cases
            if cases:
                crop = row.label.partition(".")[0] if "." in row.label else ""
                yield (row.week, row.place, crop, row.label, cases, "" if row.usual is None else row.usual)

    return written(rows())


def first_whole_week(today: date, retention_days: int) -> date:
    """The oldest week of which no case is gone yet."""
    # A case of that age may be gone already, at any time of the day.
    return monday(today - timedelta(days=retention_days) + WEEK)


def keep_weeks(engine: Engine, boundaries: Boundaries, *, today: date, retention_days: int, min_cases: int) -> None:
    """Count the whole weeks of which no case is gone yet; may be repeated. All other weeks stay as they are.

    Where ``retention_days`` has grown, cases are gone that are not so old. All of them were older than the oldest
    without photos, which would have gone next, and their weeks have fewer cases now than were counted.
    """
    since, until = first_whole_week(today, retention_days), monday(today)
    counted = _count(engine, boundaries, since, until)
    left, before = (_all_cases(rows) for rows in (counted, read_weeks(engine, since, until)))
    with read_session(engine) as session:
        oldest = session.scalar(select(func.min(Case.created_at)).where(~HAS_PHOTOS))
    done = {week for week in before if left[week] < before[week] and (oldest is None or week <= oldest.date())}
    counted = [row for row in counted if row.week not in done]
    enough = Counter[tuple[date, str]]()
    for row in counted:
        enough[row.week, row.place] += row.cases if is_leaf(row.label) else 0
    kept = [
        row for row in counted if not row.place or (is_leaf(row.label) and enough[row.week, row.place] >= min_cases)
    ]
    within = (WeeklyCount.week >= since, WeeklyCount.week < until, WeeklyCount.week.not_in(done))
    with write_session(engine) as session:
        take_turn(session.connection(), TURN)
        passed = select(WeeklyCount.week, WeeklyCount.place, WeeklyCount.label, WeeklyCount.usual)
        usual = {tuple(key): limit for *key, limit in session.execute(passed.where(*within))}
        session.execute(delete(WeeklyCount).where(*within))
        if kept:
            session.execute(insert(WeeklyCount), [row._replace(usual=usual.get(row[:3]))._asdict() for row in kept])


def _all_cases(rows: Iterable[Counted]) -> Counter[date]:
    cases = Counter[date]()
    for row in rows:
        cases[row.week] += 0 if row.place else row.cases
    return cases


def set_usual(engine: Engine, week: date, limits: Mapping[tuple[str, str], int]) -> None:
    """Record which places and labels have passed their limits in a week."""
    with write_session(engine) as session:
        session.execute(update(WeeklyCount).where(WeeklyCount.week == week).values(usual=None))
        for (place, label), limit in limits.items():
            row = (WeeklyCount.week == week, WeeklyCount.place == place, WeeklyCount.label == label)
            session.execute(update(WeeklyCount).where(*row).values(usual=limit))


def _count(engine: Engine, boundaries: Boundaries, since: date, until: date) -> list[Counted]:
    shown = shown_cases(engine).where(Case.created_at >= midnight(since), Case.created_at < midnight(until)).subquery()
    keys = (shown.c.day, shown.c.latitude, shown.c.longitude, shown.c.outcome, shown.c.condition)
    counting = select(*keys, func.count(), func.sum(shown.c.reviewed)).group_by(*keys)
    cases, reviewed = Counter[tuple[date, str, str]](), Counter[tuple[date, str, str]]()
    with read_session(engine) as session:
        for day, latitude, longitude, outcome, condition, size, seen in session.execute(counting):
            for place in _places(boundaries, latitude, longitude):
                key = (monday(day), place, condition or outcome)
                cases[key] += size
                reviewed[key] += int(seen)
    return [Counted(*key, size, reviewed[key]) for key, size in cases.items()]


def _places(boundaries: Boundaries, latitude: float | None, longitude: float | None) -> Iterator[str]:
    yield EVERYWHERE
    if latitude is not None and longitude is not None:
        yield boundaries.place(Cell(latitude, longitude))
