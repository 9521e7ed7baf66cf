"""Says answers and figures on the pages for staff, in the reader's language."""

from collections.abc import Mapping
from datetime import date

from babel.dates import format_skeleton
from babel.numbers import format_decimal, format_percent

from majani.decision.rules import Outcome
from serving.i18n.catalogue import sentence
from serving.i18n.phrasing import Wording
from serving.overview.small_cells import Cell

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.HEALTHY: sentence("healthy"),
    Outcome.CONDITION: sentence("sick"),
    Outcome.UNCERTAIN: sentence("not sure"),
    Outcome.UNKNOWN_PLANT: sentence("another plant"),
    Outcome.NOT_A_PLANT: sentence("no plant"),
    Outcome.RETAKE: sentence("photo not good enough"),
}


def answer_name(wording: Wording, outcome: Outcome, condition: str | None) -> str:
    """A condition by its name, else the kind of answer."""
    return wording.say(OUTCOMES[outcome]) if condition is None else condition_name(wording, condition)


def condition_name(wording: Wording, condition: str) -> str:
    """A condition by its name; by its id if the texts do not know it, as that of another bundle."""
    known = wording.language.names.conditions.get(condition)
    return condition if known is None else known.name


def number(wording: Wording, value: float) -> str:
    """Digits in groups, as the language writes them."""
    return format_decimal(value, locale=wording.catalogue.locale)


def share(wording: Wording, value: float) -> str:
    """A share of 0..1 in whole percent; unlike a probability it may be none or all."""
    return format_percent(round(value, 2), locale=wording.catalogue.locale)


def chance(wording: Wording, value: float) -> str:
    """Say a probability of chance, 0..1. A very small one never becomes zero."""
    return wording.percent(value) if value < 0.01 else share(wording, value)


def weeks_name(wording: Wording, weeks: int) -> str:
    """A span of time."""
    return wording.catalogue.ngettext("%(count)d week", "%(count)d weeks", weeks) % {"count": weeks}


def short_day(wording: Wording, day: date) -> str:
    """A day of this year or the last, for the foot of a chart."""
    return format_skeleton("MMMd", day, locale=wording.catalogue.locale)


def place(cell: Cell) -> str:
    """A place as every map understands it: latitude and longitude in degrees."""
    return f"{cell.latitude:.1f}, {cell.longitude:.1f}"
