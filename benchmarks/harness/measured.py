"""A figure as a benchmark publishes it: of the bundle in ``models/current``, today, with the libraries of this run."""

from datetime import UTC, datetime
from functools import cache

from majani.model.bundle import read_bundle
from training.artifacts import CURRENT_DIR
from training.figures import Figure, bundle_sha256, library_versions, this_machine


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


@cache
def _running() -> str:
    # Reading verifies the whole bundle, which a benchmark with a hundred figures need not do a hundred times.
    return bundle_sha256(read_bundle(CURRENT_DIR).manifest)
