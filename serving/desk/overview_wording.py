"""What the overview says of times and places, in the reader's language."""

from datetime import date

from babel.dates import format_skeleton

from serving.i18n.phrasing import Wording
from serving.overview.small_cells import Cell


def weeks_name(wording: Wording, weeks: int) -> str:
    """A span of time."""
    return wording.catalogue.ngettext("%(count)d week", "%(count)d weeks", weeks) % {"count": weeks}


def short_day(wording: Wording, day: date) -> str:
    """A day of this year or the last, for the foot of a chart."""
    return format_skeleton("MMMd", day, locale=wording.catalogue.locale)


def place(cell: Cell) -> str:
    """A place as every map understands it: latitude and longitude in degrees."""
    return f"{cell.latitude:.1f}, {cell.longitude:.1f}"
