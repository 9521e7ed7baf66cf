"""The report's charts, as SVG that stands inside the page and takes its colours from there.

Matplotlib knows no style sheet, so charts are drawn in stand-in colours, which are then exchanged for the page's own:
the same chart is readable by day and by night. Charts are about as wide as a phone, so that their letters stay legible.
"""

import json
import re
from collections.abc import Collection, Mapping
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from training.figures import Figure

_INK, _FAINT, _FIRST, _SECOND = "#010101", "#020202", "#030303", "#040404"
_COLOURS = {_INK: "currentColor", _FAINT: "var(--faint)", _FIRST: "var(--first)", _SECOND: "var(--second)"}
# Any: matplotlib's type for its settings is a list of all their names.
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": _INK,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": _FAINT,
    "grid.linewidth": 0.4,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "legend.frameon": False,
}
# Natural Earth, 1:110 million (public domain), simplified to degrees: outlines of longitude and latitude.
_LAND = Path(__file__).parent / "land.json"
_CROWDED = 20  # degrees of longitude that a country's name takes
_WIDTH, _HEIGHT, _ROW = 4.2, 3.2, 0.24  # inches


@mpl.rc_context(_STYLE)
def forest(figures: Mapping[str, Figure], in_lab: Collection[str], *, name: str, description: str) -> str:
    """Percentages by label with their intervals, as an ``<svg>`` element whose ``name`` is unique within a page.

    Those of the labels in ``in_lab`` were measured in a laboratory.
    """
    canvas, axes = _canvas(_ROW * len(figures) + 0.7)
    for position, (label, figure) in enumerate(figures.items()):
        colour, marker = (_SECOND, "s") if label in in_lab else (_FIRST, "o")
        ends = [figure.value if end is None else end for end in (figure.low, figure.high)]
        axes.plot(ends, [position, position], color=colour, linewidth=1.5)
        axes.plot([figure.value], [position], color=colour, marker=marker, markersize=5)
    axes.set_yticks(range(len(figures)), list(figures))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(figures) - 0.5, -0.5)
    axes.set_xlim(right=101)
    axes.set_xlabel("top-1, %")
    return _svg(canvas, name, description)


@mpl.rc_context(_STYLE)
def reliability(table: pd.DataFrame, *, name: str, description: str) -> str:
    """Confidence against how often it was right, see :func:`training.evaluation.breakdown.reliability_table`."""
    canvas, axes = _canvas(_HEIGHT)
    axes.plot([0, 100], [0, 100], color=_FAINT, linewidth=1, linestyle="--")
    percent = 100 * table
    axes.vlines(percent["confidence"], percent["low"], percent["high"], colors=_FIRST, linewidth=1.5)
    axes.plot(percent["confidence"], percent["right"], color=_FIRST, marker="o", markersize=5, linestyle="none")
    axes.set_xlim(0, 101)
    axes.set_ylim(0, 101)
    axes.set_xlabel("said probability, %")
    axes.set_ylabel("right, %")
    return _svg(canvas, name, description)


@mpl.rc_context(_STYLE)
def coverage(
    curves: Mapping[str, pd.DataFrame], points: Mapping[str, tuple[float, float]], *, name: str, description: str
) -> str:
    """Share answered against share right, see :func:`training.evaluation.breakdown.coverage_curve`.

    ``curves`` are at most two, by what they are called; ``points`` are the shipped thresholds by the same names.
    """
    canvas, axes = _canvas(_HEIGHT)
    for (label, curve), colour, style in zip(curves.items(), (_FIRST, _SECOND), ("-", "--"), strict=False):
        axes.plot(100 * curve["answered"], 100 * curve["right"], color=colour, linestyle=style, label=label)
        if label in points:
            answered, right = points[label]
            axes.plot([100 * answered], [100 * right], color=colour, marker="o", markersize=7)
    axes.set_xlim(0, 101)
    axes.set_ylim(top=101)
    axes.set_xlabel("answered, %")
    axes.set_ylabel("right of these, %")
    axes.legend(loc="lower left")
    return _svg(canvas, name, description)


@mpl.rc_context(_STYLE)
def world(places: Collection[tuple[str, float, float, int]], *, name: str, description: str) -> str:
    """Photos by country, latitude and longitude: circles on a map, their areas by the number of photos."""
    canvas = Canvas(figsize=(_WIDTH, _WIDTH / 2.3), layout="constrained")
    axes = canvas.add_subplot()
    axes.axis("off")
    axes.set_aspect("equal")
    for outline in json.loads(_LAND.read_text(encoding="utf-8")):
        axes.fill(*zip(*outline, strict=True), facecolor="none", edgecolor=_FAINT, linewidth=0.6)
    for country, latitude, longitude, photos in places:
        axes.scatter([longitude], [latitude], s=photos / 8, facecolor="none", edgecolor=_FIRST, linewidth=1.2)
        is_beside = any(0 < other - longitude < _CROWDED for _, _, other, _ in places)
        side, align = (-1, "right") if is_beside else (1, "left")
        beside = (side * (4 + (photos / 8) ** 0.5 / 2), 0)
        axes.annotate(
            country, (longitude, latitude), beside, textcoords="offset points", fontsize=7, ha=align, va="center"
        )
    return _svg(canvas, name, description)


def standalone(drawing: str) -> str:
    """The same chart as a file, by day; an empty one where there was nothing to draw."""
    colours = "color: #1b1b1b; background: #fff; --faint: #8a8a8a; --first: #0a7d4b; --second: #b3541e"
    attributes = f'xmlns="http://www.w3.org/2000/svg" width="640" style="{colours}; font-family: sans-serif"'
    # Of markup, a replacement would be escaped.
    return str(drawing or "<svg />").replace("<svg", f"<svg {attributes}", 1)


def _canvas(height: float) -> tuple[Canvas, Axes]:
    canvas = Canvas(figsize=(_WIDTH, height), layout="constrained")
    axes = canvas.add_subplot()
    axes.grid(visible=True, axis="both")
    axes.set_axisbelow(True)
    return canvas, axes


def _svg(canvas: Canvas, name: str, description: str) -> str:
    """The drawing as an element of a page; without a date, so that equal tables make equal pages."""
    drawn = StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        canvas.savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
    viewed = re.search(r'<svg[^>]*?viewBox="(?P<box>[^"]*)"[^>]*>(?P<content>.*)', drawn.getvalue(), re.DOTALL)
    if viewed is None:
        raise ValueError("matplotlib's SVG has no viewBox")
    # Its style sheet would apply to the whole page, and its fonts are not those of the reader.
    content = re.sub(r"<metadata>.*?</metadata>|<style[^>]*>.*?</style>", "", viewed["content"], flags=re.DOTALL)
    content = re.sub(r"font-family: [^;]*; ", "", content)
    # Ids are unique within a drawing only, and a page holds several.
    content = re.sub(r'( id="|url\(#)', rf"\g<1>{name}-", content).replace('xlink:href="#', f'href="#{name}-')
    for stand_in, colour in _COLOURS.items():
        content = content.replace(stand_in, colour)
    return f'<svg role="img" aria-label="{escape(description)}" viewBox="{viewed["box"]}">{content}'
