"""Bars as shapes: numbers of the drawing only, which a template writes as SVG. It takes no side and no language."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from serving.overview.counting import Count
from serving.overview.filters import Filters

# Size of the drawing. The browser scales it to the screen.
WIDTH, HEIGHT = 720.0, 200.0
SMALL_HEIGHT = 28.0
_GAP = 0.2
_MAX_LABELS = 4


@dataclass(frozen=True)
class Step:
    """Cases of one day or week, and how many of them an expert has seen."""

    first_day: date
    cases: int
    reviewed: int


@dataclass(frozen=True)
class Bar:
    """One step in the drawing, the reviewed part at its foot."""

    step: Step
    x: float
    y: float
    width: float
    height: float
    reviewed_height: float
    is_labelled: bool


@dataclass(frozen=True)
class Line:
    """A horizontal line with the number that it stands for."""

    y: float
    cases: int


@dataclass(frozen=True)
class Chart:
    """Bars from left to right, oldest first."""

    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    height: float
    width: float = WIDTH


def add_up(counts: Iterable[Count], filters: Filters, today: date) -> tuple[Step, ...]:
    """Put counts into the days or weeks that ``filters`` ask for, oldest first; one without cases is there too."""
    sizes = {first: [0, 0] for first in filters.steps(today)}
    for count in counts:
        size = sizes[filters.step_of(count.day)]
        size[0] += count.cases
        size[1] += count.reviewed
    return tuple(Step(first, *size) for first, size in sizes.items())


def draw(steps: Sequence[Step], *, height: float = HEIGHT, lines: int = 4) -> Chart:
    """Draw steps, oldest first, as bars in so many horizontal lines at most; 0 for none."""
    highest = max([1, *(step.cases for step in steps)])
    spacing = round_up(highest / lines) if lines else highest
    top = spacing * math.ceil(highest / spacing)
    slot = WIDTH / max(len(steps), 1)
    every = math.ceil(len(steps) / _MAX_LABELS)
    bars = tuple(
        Bar(
            step,
            x=round((number + _GAP / 2) * slot, 2),
            y=round(height - height * step.cases / top, 2),
            width=round(slot * (1 - _GAP), 2),
            height=round(height * step.cases / top, 2),
            reviewed_height=round(height * step.reviewed / top, 2),
            # Counted from the present, which readers look at first.
            is_labelled=(len(steps) - 1 - number) % every == 0,
        )
        for number, step in enumerate(steps)
    )
    drawn = tuple(Line(round(height - height * cases / top, 2), cases) for cases in range(0, top + 1, spacing))
    return Chart(bars, drawn if lines else (), height)


def round_up(value: float) -> int:
    """The next of 1, 2, 5, 10, 20, 50, ... that is not less."""
    power = 10 ** math.floor(math.log10(max(value, 1)))
    return next(int(factor * power) for factor in (1, 2, 5, 10) if factor * power >= value)
