"""A month of whole weeks beside the same month of earlier years."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Engine

from serving.monitoring.proportion import Share
from serving.overview.filters import monday
from serving.surveillance.weekly_counts import EVERYWHERE, WEEK, is_leaf, known_weeks, read_weeks

_YEARS_BACK = 4
_THURSDAY = timedelta(days=3)


@dataclass(frozen=True)
class Row:
    """A condition with its cases in the month and in the same month of earlier years, latest first."""

    condition: str
    cases: tuple[int, ...]


@dataclass(frozen=True)
class Monthly:
    """Everything that is known of one month.

    Attributes:
        years: Those of which the month is known, latest first.
        rows: By crop, and then by cases.
        places: Cases in which a leaf was seen, by place.
        answered, reviewed: Of all cases of the month.
    """

    weeks: tuple[date, ...]
    years: tuple[int, ...]
    rows: tuple[Row, ...]
    places: Counter[str]
    leaves: int
    answered: Share
    reviewed: Share


def weeks_of(month: date, until: date = date.max) -> tuple[date, ...]:
    """Mondays of the weeks with their Thursday in the month of a day (ISO 8601) that are over at ``until``."""
    first = monday(month.replace(day=1) + _THURSDAY)
    weeks = [first + number * WEEK for number in range(5)]
    return tuple(week for week in weeks if (week + _THURSDAY).month == month.month and week <= until - WEEK)


def is_over(month: date, until: date) -> bool:
    """Whether all weeks of the month of a day are over."""
    return weeks_of(month, until) == weeks_of(month)


def read_month(engine: Engine, month: date, until: date) -> Monthly:
    """Read the weeks of a month that are over at ``until``, and the same ones 52, 104 and more weeks before."""
    known = known_weeks(engine)
    shown = weeks_of(month, until)
    counted: dict[int, Counter[str]] = {}
    places, reviewed = Counter[str](), 0
    for year in range(month.year, month.year - 1 - _YEARS_BACK, -1):
        weeks = [week - 52 * (month.year - year) * WEEK for week in shown]
        if year < month.year and (known is None or weeks[0] < known[0]):
            break
        cases = counted[year] = Counter()
        for row in read_weeks(engine, weeks[0], weeks[-1] + WEEK):
            if row.place == EVERYWHERE:
                cases[row.label] += row.cases
                reviewed += row.reviewed if year == month.year else 0
            elif year == month.year:
                places[row.place] += row.cases
    now = counted[month.year]
    conditions = {label for cases in counted.values() for label in cases if "." in label}
    rows = [Row(label, tuple(cases[label] for cases in counted.values())) for label in conditions]
    answered = sum(size for label, size in now.items() if "." in label)
    return Monthly(
        shown,
        tuple(counted),
        tuple(sorted(rows, key=lambda row: (row.condition.partition(".")[0], [-size for size in row.cases]))),
        places,
        sum(size for label, size in now.items() if is_leaf(label)),
        Share(answered, now.total()),
        Share(reviewed, now.total()),
    )
