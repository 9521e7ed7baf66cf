"""A figure as a benchmark publishes it: of the bundle in ``models/current``, today, with the libraries of this run."""

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import median

from majani.model.bundle import read_bundle
from training.artifacts.files import CURRENT_DIR
from training.figures import Figure, bundle_sha256, library_versions


@cache
def this_machine() -> str:
    """Number and kind of its processors."""
    described = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*: (.+)$", described.read_text(), re.MULTILINE) if described.exists() else []
    return f"{os.cpu_count()} x {names[0] if names else platform.machine()}"


def measured(  # noqa: PLR0913 - one argument per part of a figure
    title: str,
    value: float,
    unit: str,
    *,
    n: int,
    command: str,
    interval: tuple[float, float] | None = None,
    spread: tuple[float, float] | None = None,
) -> Figure:
    """State a number with what makes it believable."""
    low, high = interval or spread or (None, None)
    return Figure(
        title=title,
        value=value,
        unit=unit,
        n=n,
        low=low,
        high=high,
        is_range=True if spread else None,
        command=command,
        bundle_sha256=_running(),
        date=datetime.now(UTC).date(),
        versions=library_versions(),
        machine=this_machine(),
    )


def measured_rounds(
    title: str, values: Sequence[float], unit: str, *, command: str, n: int | None = None, digits: int = 2
) -> Figure:
    """The median of several measurements with the lowest and the highest.

    The range of six holds the true median in 31 of 32 cases, that of seven in 63 of 64, whatever the distribution.
    """
    low, high = min(values), max(values)
    spread = None if low == high else (round(low, digits), round(high, digits))
    value = round(median(values), digits)
    return measured(title, value, unit, n=len(values) if n is None else n, command=command, spread=spread)


def measured_all(
    prefix: str, command: str, *rows: tuple[str, str, float, str, int], digits: int = 2
) -> dict[str, Figure]:
    """Figures by id, from rows of the id's end, title, value, unit and number."""
    return {
        f"{prefix}.{key}": measured(title, round(value, digits), unit, n=n, command=command)
        for key, title, value, unit, n in rows
    }


@cache
def _running() -> str:
    # Reading verifies the whole bundle, which a benchmark with a hundred figures need not do a hundred times.
    return bundle_sha256(read_bundle(CURRENT_DIR).manifest)
