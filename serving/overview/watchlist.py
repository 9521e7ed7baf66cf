"""Which conditions come in more often than usual right now, and where; as much of it as may be shown."""

from collections.abc import Iterable
from dataclasses import dataclass

from serving.overview.counting import History
from serving.overview.outbreak import BASELINE_WEEKS, GAP_WEEKS, is_unusual, usual_level
from serving.overview.protection import Cell, round_down

# Fewer weeks tell nothing about how much weeks differ.
MIN_BASELINE_WEEKS = 4


@dataclass(frozen=True)
class Unusual:
    """A condition that somebody should have a look at.

    Attributes:
        cell: None for all areas together.
        at_least: Cases of the last seven days, rounded down as on the map.
        up_to: So many would still be usual.
    """

    cell: Cell | None
    condition: str
    at_least: int
    up_to: int


def baseline_weeks(retention_days: int) -> int:
    """How many weeks there are to compare with, if cases are forgotten after so many days; 0 for too few.

    A week of which some cases are gone already would make the present one look unusual.
    """
    whole = min(BASELINE_WEEKS, retention_days // 7 - 1 - GAP_WEEKS)
    return whole if whole >= MIN_BASELINE_WEEKS else 0


def is_comparable(histories: Iterable[History], *, weeks: int) -> bool:
    """Whether there have been enough cases to tell what is usual, at least in all areas together."""
    first = 1 + GAP_WEEKS
    return any(
        usual_level(history.weeks[first : first + weeks], history.weeks[0].all_cases) is not None
        for history in histories
        if history.cell is None
    )


def find_unusual(histories: Iterable[History], *, weeks: int, min_cases: int) -> tuple[Unusual, ...]:
    """Look through all conditions in all areas.

    Args:
        histories: Of the last weeks.
        weeks: To compare with, of :func:`baseline_weeks`.
        min_cases: From which on anything is said.

    Returns:
        First what is unusual over all, then area by area; within these by cases.
    """
    first = 1 + GAP_WEEKS
    found = []
    for history in histories:
        now, baseline = history.weeks[0], history.weeks[first : first + weeks]
        level = usual_level(baseline, now.all_cases)
        if level is not None and is_unusual(now, level, min_cases=min_cases):
            found.append(Unusual(history.cell, history.condition, round_down(now.cases, min_cases), int(level.limit)))
    return tuple(sorted(found, key=lambda one: (one.cell is not None, -one.at_least, one.condition, str(one.cell))))
