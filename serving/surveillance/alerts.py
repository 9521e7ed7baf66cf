"""Finds the conditions that are now more frequent than usual, and lists them as far as they may be shown."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from majani.taxonomy import HEALTHY
from serving.overview.small_cells import round_down
from serving.surveillance import recent
from serving.surveillance.recent import KNOWN_WEEKS, WINDOW_WEEKS, outbreak_threshold, pooled_dispersion
from serving.surveillance.weekly_counts import EVERYWHERE, WEEK, is_leaf, known_weeks, read_weeks, set_usual

Counts = NDArray[np.float64]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Alert:
    """A condition that needs a check at a place, empty for everywhere: cases of two weeks and the usual limit."""

    last_day: date
    place: str
    condition: str
    at_least: int
    up_to: int


def list_alerts(engine: Engine, first: date, last: date, *, min_cases: int) -> tuple[Alert, ...]:
    """Those of the weeks from one Monday to another: latest first, then everywhere, then by cases."""
    weeks = {row[:3]: row for row in read_weeks(engine, first - WEEK, last + WEEK)}
    alerts = []
    for (week, place, label), row in weeks.items():
        if week >= first and row.usual is not None:
            before = weeks.get((week - WEEK, place, label))
            cases = row.cases + (before.cases if before else 0)
            # Reviews may have taken it back since, and the least that is shown may have grown.
            if cases > row.usual and cases >= min_cases:
                least = round_down(cases, min_cases)
                alerts.append(Alert(week + timedelta(days=6), place, label, least, row.usual))
    return tuple(
        sorted(alerts, key=lambda alert: (-alert.last_day.toordinal(), alert.place != EVERYWHERE, -alert.at_least))
    )


def earlier_cases(engine: Engine, week: date | None = None, place: str = EVERYWHERE) -> int:
    """Cases of earlier weeks that tell what is usual up to a week, by default the last; of too few weeks none."""
    known = known_weeks(engine)
    if known is None:
        return 0
    last = min(week or known[1], known[1])
    leaves = Counter[date]()
    for row in read_weeks(engine, last - KNOWN_WEEKS * WEEK, last):
        leaves[row.week] += row.cases if row.place == place and is_leaf(row.label) else 0
    cases = [leaves[last - ago * WEEK] for ago in reversed(range(KNOWN_WEEKS))]
    return sum(before.all_cases for before in recent.baseline(cases, cases))


def find_alerts(engine: Engine, week: date, *, min_cases: int) -> None:
    """Compare a week and the one before with earlier ones, and record what is unusual."""
    first = week - (KNOWN_WEEKS - 1) * WEEK
    rows = [row for row in read_weeks(engine, first, week + WEEK) if is_leaf(row.label)]
    length = (week - min((row.week for row in rows), default=week)).days // 7 + 1
    conditions = sorted({(row.place, row.label) for row in rows if _is_sick(row.label)})
    numbers = {key: number for number, key in enumerate(conditions)}
    cases, totals = np.zeros((len(conditions), length)), {row.place: np.zeros(length) for row in rows}
    for row in rows:
        at = length - 1 - (week - row.week).days // 7
        totals[row.place][at] += row.cases
        if (row.place, row.label) in numbers:
            cases[numbers[row.place, row.label], at] = row.cases
    all_cases = np.array([totals[place] for place, _ in conditions]).reshape(cases.shape)
    is_everywhere = np.array([place == EVERYWHERE for place, _ in conditions], dtype=bool)
    passed = passed_limits(cases, all_cases, is_everywhere, min_cases=min_cases)
    set_usual(engine, week, {conditions[number]: limit for number, limit in passed.items()})


def passed_limits(
    cases: Counts, all_cases: Counts, is_everywhere: NDArray[np.bool_], *, min_cases: int
) -> Mapping[int, int]:
    """Limits that the last two weeks have passed, by the numbers of their series.

    Args:
        cases: ``(S, W)`` counts of one condition at one place each, oldest week first.
        all_cases: ``(S, W)`` counts of all leaves there. A week without any is one of which nothing is known.
        is_everywhere: ``(S,)`` whether a series is of all places together, which differs less from week to week.
        min_cases: Fewer in two weeks are never unusual.
    """
    now = cases[:, -WINDOW_WEEKS:].sum(1)
    limits = np.full(len(cases), np.inf)
    for group in (is_everywhere, ~is_everywhere):
        members = np.flatnonzero(group)
        baselines = {number: recent.baseline(cases[number], all_cases[number]) for number in members}
        dispersion = pooled_dispersion(baselines.values())
        for number in members[now[members] >= min_cases]:
            total = int(all_cases[number, -WINDOW_WEEKS:].sum())
            with _logging_failure():
                threshold = outbreak_threshold(baselines[number], total, dispersion=dispersion)
                limits[number] = np.inf if threshold is None else threshold
    return {int(number): int(limits[number]) for number in np.flatnonzero(now > limits)}


@contextmanager
def _logging_failure() -> Iterator[None]:
    """Keep numbers that no limit can be computed from to their series, or all others would go unwatched."""
    try:
        yield
    except (ArithmeticError, ValueError):
        logger.exception("a condition at a place has no limit")


def _is_sick(label: str) -> bool:
    return "." in label and not label.endswith(f".{HEALTHY}")
