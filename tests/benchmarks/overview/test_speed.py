"""The measurement asks for every page, in both databases, with as many cases as it says."""

from datetime import UTC, datetime, timedelta

from benchmarks.faults.postgresql import find_binaries
from benchmarks.overview.cases import season
from benchmarks.overview.speed import PAGES, measure
from tests.absence import absent


def test_every_page_is_measured() -> None:
    if find_binaries() is None:
        absent("PostgreSQL is not installed")
    figures = measure(cases=60)
    assert set(figures) == {f"overview.speed.{kind}.{key}" for kind in ("sqlite", "postgresql") for key in PAGES}
    assert all(0 < figure.value < 10 for figure in figures.values())


def test_a_season_is_the_same_each_time() -> None:
    now = datetime.now(UTC)
    first, again = (list(season(200, ["bean.rust"], until=now, days=30, seed=1)) for _ in range(2))
    assert first == again
    assert len(first) == 200
    assert all(now - timedelta(days=30) <= case.created_at <= now for case in first)
    assert 0.4 < sum(case.place is not None for case in first) / 200 < 0.8
