"""Small-cell suppression: no figure about an area leads to a farm. Pure functions.

``docs/overview.md`` has the rules, why they hide single cases, and what they leave visible.
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
