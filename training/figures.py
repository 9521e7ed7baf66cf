"""Measured numbers with what makes them believable, and the files that hold them."""

import fnmatch
import json
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import Field, TypeAdapter

from majani.frozen import FrozenModel
from majani.model.bundle import Manifest, sha256_hex

FIGURES_FILE = Path("reports/figures.json")
_VERSIONS_OF = ("numpy", "onnxruntime", "pillow")


class Figure(FrozenModel):
    """One measured number.

    Attributes:
        value: In ``unit``; shares are percentages.
        n: Photos, requests or runs it is based on.
        low: Lower end of its 95 % interval; absent where there is no sampling error.
        high: Upper end.
        is_range: The ends are the lowest and highest of several measurements, not an interval.
        command: Makes it again, from the repository root.
        bundle_sha256: See :func:`bundle_sha256`; absent where no bundle is measured.
        versions: Of the libraries that could move it.
        machine: What it was measured on, where that could move it.
    """

    title: str
    value: float
    unit: str
    n: int | None = None
    low: float | None = None
    high: float | None = None
    is_range: Literal[True] | None = None
    command: str
    bundle_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    date: date
    versions: Mapping[str, str]
    machine: str | None = None


_FILE = TypeAdapter(dict[str, Figure])


def library_versions() -> dict[str, str]:
    """Versions of the libraries that an answer depends on."""
    return {name: version(name) for name in _VERSIONS_OF}


def read_figures(path: Path = FIGURES_FILE) -> dict[str, Figure]:
    """All figures of a file by id; an absent file holds none."""
    return _FILE.validate_json(path.read_bytes()) if path.exists() else {}


def write_figures(figures: Mapping[str, Figure], path: Path = FIGURES_FILE) -> None:
    """Write figures in the order of their ids."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {key: figures[key].model_dump(mode="json", exclude_none=True) for key in sorted(figures)}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def record(figures: Mapping[str, Figure]) -> None:
    """Add or replace published figures, leaving the others."""
    write_figures({**read_figures(), **figures})


def listing(figures: Mapping[str, Figure]) -> str:
    """All figures for a terminal, a line each."""
    lines = []
    for key, figure in sorted(figures.items()):
        interval = "" if figure.low is None else f"  [{figure.low}, {figure.high}]"
        lines.append(f"{key:45} {figure.value:8.2f} {figure.unit:6} n={figure.n}{interval}")
    return "\n".join(lines)


def table(figures: Mapping[str, Figure], wanted: Sequence[str]) -> str:
    """A Markdown table of the wanted figures, in the wanted order, and below it the commands that measure them.

    Raises:
        KeyError: If an id or pattern names no figure.
    """
    return table_of([figures[key] for key in ids_of(figures, wanted)])


def ids_of(figures: Mapping[str, Figure], wanted: Sequence[str]) -> list[str]:
    """The ids that patterns name, those of one pattern in order; KeyError for one that names none."""
    found = []
    for pattern in wanted:
        ids = fnmatch.filter(sorted(figures), pattern)
        if not ids:
            raise KeyError(pattern)
        found += ids
    return found


def table_of(figures: Sequence[Figure]) -> str:
    """A Markdown table of at least one figure, and below it the commands that measure them."""
    lines = ["| what | figure | 95 % interval | n |", "|---|---|---|---|", *map(_row, figures)]
    commands = ", ".join(f"`{command}`" for command in dict.fromkeys(figure.command for figure in figures))
    return "\n".join([*lines, "", f"Measured by {commands}."]) + "\n"


def interval_of(figure: Figure) -> str:
    """Both ends, as they are shown to people; empty where there is none."""
    if figure.low is None or figure.high is None:
        return ""
    places = 1 if figure.unit in ("%", "points") else 3
    kind = "range " if figure.is_range else ""
    return f"{kind}{figure.low:.{places}f} – {figure.high:.{places}f}"


def value_of(figure: Figure) -> str:
    """Value and unit, as they are shown to people."""
    if figure.unit in ("%", "points"):
        value = f"{figure.value:.1f}"
    else:
        value = f"{figure.value:,.0f}" if abs(figure.value) >= 100 else f"{figure.value:.3g}"
    return f"{value} {figure.unit}"


def _row(figure: Figure) -> str:
    n = "" if figure.n is None else str(figure.n)
    return f"| {figure.title} | {value_of(figure)} | {interval_of(figure)} | {n} |"


def bundle_sha256(manifest: Manifest) -> str:
    """Stands for all that a bundle's answers depend on: its graph, its classes and its rules.

    Not for its version, which stays when rules are edited by hand; nor for what it was made from, because the same
    model with the same rules gives the same answers whenever it is made again.
    """
    answering = {"model", "crops", "parents", "classes", "rules"}
    return sha256_hex(manifest.model_dump_json(include=answering, exclude_none=True).encode())
