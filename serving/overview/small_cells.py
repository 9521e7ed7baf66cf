"""Small-cell suppression: no figure about an area leads to a farm. Pure functions.

Places are a tenth of a degree (about 11 km) before they are stored. On top of that:

1. An area is named only from a minimum of cases on, counted after all filters. What is in the others is counted
   "elsewhere", together with cases that came without a place.
2. A named area's count is rounded down to a multiple of that minimum, so it reads "at least". The difference of any two
   figures is then a multiple too: subtracting one view from another shows no single case.
3. Periods are whole weeks, so the edge of a period cannot be moved over one day.

What remains: that a figure rises by one step tells that there was at least one case more, somewhere in 11 km and a
week. Readers have an access token and may read single cases anyway, though not their place; a token of one district
tells that its cases lie within the tens of kilometres of that district.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Area:
    """A district or a square that may be shown, with its cases rounded down."""

    place: str
    at_least: int


@dataclass(frozen=True)
class Areas:
    """Areas that may be shown, most cases first, and the cases in no such area, without a place, or rounded off."""

    shown: tuple[Area, ...]
    elsewhere: int


def suppress_small_cells(places: Mapping[str, int], *, all_cases: int, min_cases: int) -> Areas:
    """Merge places with fewer than ``min_cases``, and round the rest down."""
    shown = [Area(place, round_down(cases, min_cases)) for place, cases in places.items() if cases >= min_cases]
    shown.sort(key=lambda area: (-area.at_least, area.place))
    return Areas(tuple(shown), all_cases - sum(area.at_least for area in shown))


def round_down(cases: int, step: int) -> int:
    """The largest multiple of ``step`` that is not more than ``cases``."""
    return cases - cases % step
