"""The measurement asks for every page, in both databases, with as many cases as it says."""

from benchmarks.faults.postgresql import find_binaries
from benchmarks.overview.speed import PAGES, measure
from tests.absence import absent


def test_every_page_is_measured() -> None:
    if find_binaries() is None:
        absent("PostgreSQL is not installed")
    figures = measure(cases=60)
    assert set(figures) == {f"overview.speed.{kind}.{key}" for kind in ("sqlite", "postgresql") for key in PAGES}
    assert all(0 < figure.value < 10 for figure in figures.values())
