"""All that the report tells of, and how a figure is set in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from majani.model.bundle import Manifest
from training.figures import Figure
from training.release.gate import Verdict
from training.report.page import Html, table
from training.sources.description import Source

_HEADS = ("what", "figure", "95 % interval", "n")


@dataclass(frozen=True)
class Findings:
    """All that the report tells of.

    Attributes:
        figures: Of the stages ``evaluate`` and ``probe``.
        field_source: The source that is nearest to a new field.
        curation: As :func:`training.curation.photo_table.findings` gives it.
        sources: Those with photos.
        photos: Table of splits.
        tables: By name: ``crops``, ``classes``, ``reliability``, ``confusions`` as
        :mod:`training.evaluation.breakdown` makes
            them, ``corruption`` and ``actions`` as the stage ``probe`` does.
        curves: Accuracy against coverage, by what they are called.
        points: Where the shipped thresholds stand, by the same names.
    """

    manifest: Manifest
    figures: Mapping[str, Figure]
    field_source: str
    verdict: Verdict
    curation: Mapping[str, Any]
    sources: Mapping[str, Source]
    photos: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    curves: Mapping[str, pd.DataFrame]
    points: Mapping[str, tuple[float, float]]


def figure_table(figures: Mapping[str, Figure], *wanted: str, caption: str = "") -> Html:
    """The wanted figures that exist, in the wanted order; ``*`` at the end of an id takes all that begin so."""
    ids = [one for pattern in wanted for one in sorted(figures) if _is_meant(one, pattern)]
    rows = [(figures[one].title, value(figures[one]), interval(figures[one]), figures[one].n or "") for one in ids]
    return table(_HEADS, rows, caption=caption)


def _is_meant(key: str, pattern: str) -> bool:
    return key.startswith(pattern[:-1]) if pattern.endswith("*") else key == pattern


def value(figure: Figure) -> str:
    """A figure with its unit, as exact as its kind allows."""
    number = f"{figure.value:.1f}" if figure.unit in ("%", "points") else f"{figure.value:.3g}"
    return f"{number} {figure.unit}".strip()


def interval(figure: Figure) -> str:
    """The ends of a figure's interval; empty if it has none."""
    if figure.low is None or figure.high is None:
        return ""
    return between(figure.low, figure.high) if figure.unit else f"{figure.low:.3f} to {figure.high:.3f}"


def between(low: float, high: float) -> str:
    """An interval in percent or points."""
    return f"{low:.1f} to {high:.1f}"


def records(rows: pd.DataFrame) -> Sequence[Mapping[str, Any]]:
    """The rows of a table, by column."""
    return [{str(column): cell for column, cell in row.items()} for row in rows.to_dict(orient="records")]
