"""Requests count from the first that found storage away, with what it took, and no others."""

from benchmarks.faults.clients import Attempt, Load
from benchmarks.faults.report import Away, p95_s


def test_who_finds_it_away_and_who_comes_after_its_return_count_not() -> None:
    load = Load(0, [])
    load.plain += [Attempt(9, 10, "201"), Attempt(11, 16, "201 without id"), Attempt(16, 16.25, "201 without id")]
    load.attempts += [Attempt(10.5, 17, "503 storage_unavailable"), Attempt(16.5, 17, "503 storage_unavailable")]
    load.attempts += [Attempt(30, 34, "201")]
    away = Away.of(load, 10, 30)
    assert away == Away(plain_s=[0.25], keyed_s=[0.5], every_s=[5, 0.25, 6.5, 0.5])
    assert p95_s([0.1] * 99 + [5.0]) < 0.2


def test_where_nobody_asked_plainly_storage_was_not_away() -> None:
    assert Away.of(Load(0, []), 0, 1) is None
