"""Finds the conditions that are now more frequent than usual, and their places, as far as they may be shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from serving.overview.counting import History
from serving.overview.outbreak import (
    BASELINE_WEEKS,
    GAP_WEEKS,
    Week,
    is_unusual,
    outbreak_threshold,
    pooled_dispersion,
)
from serving.overview.small_cells import Cell, round_down

# Fewer weeks tell nothing about how much weeks differ.
MIN_BASELINE_WEEKS = 4


@dataclass(frozen=True)
class Unusual:
    """A condition that needs a check in a cell, or in all areas: cases as on the map, and the usual limit."""

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
    everywhere = [history for history in histories if history.cell is None]
    return any(
        outbreak_threshold(_baseline(history, weeks), history.weeks[0].all_cases) is not None for history in everywhere
    )


def find_unusual(histories: Sequence[History], *, weeks: int, min_cases: int) -> tuple[Unusual, ...]:
    """Look through all conditions; first what is unusual over all, then area by area, and within these by cases."""
    # Small areas and the sum of all do not differ from week to week alike.
    dispersion = {
        is_area: pooled_dispersion(
            _baseline(history, weeks) for history in histories if (history.cell is not None) is is_area
        )
        for is_area in (True, False)
    }
    unusual = []
    for history in histories:
        now, own_dispersion = history.weeks[0], dispersion[history.cell is not None]
        # Most are; the threshold takes longer to tell.
        if now.cases < min_cases:
            continue
        threshold = outbreak_threshold(_baseline(history, weeks), now.all_cases, dispersion=own_dispersion)
        if threshold is not None and is_unusual(now, threshold, min_cases=min_cases):
            unusual.append(Unusual(history.cell, history.condition, round_down(now.cases, min_cases), threshold.limit))
    return tuple(sorted(unusual, key=_order))


def _order(row: Unusual) -> tuple[bool, int, str, str]:
    return row.cell is not None, -row.at_least, row.condition, str(row.cell)


def _baseline(history: History, weeks: int) -> Sequence[Week]:
    first = 1 + GAP_WEEKS
    return history.weeks[first : first + weeks]
