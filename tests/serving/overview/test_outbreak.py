"""More than usual is told from chance, from growth, and from nothing to compare with."""

import random

import pytest
from scipy.stats import nbinom, poisson

from serving.overview.outbreak import BASELINE_WEEKS, Week, _quantile, is_unusual, outbreak_threshold, pooled_dispersion


def steady(cases: int, all_cases: int) -> list[Week]:
    return [Week(cases, all_cases)] * BASELINE_WEEKS


@pytest.mark.parametrize(
    ("mean", "dispersion"),
    [
        (0.1, 1.0),
        (4.0, 1.0),
        (4.0, 6.0),
        (250.0, 4.0),
        (5000.0, 1.2),
        # One condition of a whole country.
        (60_000.0, 427.0),
        (60_000.0, 1.0),
        (200_000.0, 20_000.0),
    ],
)
@pytest.mark.timeout(60)
def test_the_limit_is_the_quantile_of_its_distribution(mean: float, dispersion: float) -> None:
    known = poisson(mean) if dispersion == 1.0 else nbinom(mean / (dispersion - 1), 1 / dispersion)
    assert _quantile(mean, dispersion) == known.ppf(0.999)


def test_twice_as_many_senders_make_twice_as_many_cases_usual() -> None:
    once, twice = outbreak_threshold(steady(4, 40), 40), outbreak_threshold(steady(4, 40), 80)
    assert once is not None
    assert twice is not None
    assert twice.expected == pytest.approx(2 * once.expected)
    assert not is_unusual(Week(14, 80), twice, min_cases=5)
    assert is_unusual(Week(14, 40), once, min_cases=5)


def test_restless_weeks_raise_the_limit() -> None:
    calm = outbreak_threshold(steady(4, 40), 40)
    dispersion = outbreak_threshold([Week(cases, 40) for cases in (0, 12, 0, 8, 0, 12, 0, 0)], 40)
    assert calm is not None
    assert dispersion is not None
    assert dispersion.limit > 1.5 * calm.limit
    assert pooled_dispersion([steady(4, 40)] * 3) == 1
    together = outbreak_threshold(
        steady(4, 40), 40, dispersion=pooled_dispersion([[Week(cases, 40) for cases in (0, 8) * 4]] * 3)
    )
    assert together is not None
    assert together.limit > calm.limit


@pytest.mark.parametrize(
    ("now", "unusual"),
    [
        pytest.param(Week(5, 40), True, id="five of something new"),
        pytest.param(Week(4, 40), False, id="too few to speak of"),
    ],
)
def test_what_never_occurred_is_unusual_from_the_minimum_on(now: Week, unusual: bool) -> None:
    assert is_unusual(now, outbreak_threshold(steady(0, 40), 40), min_cases=5) is unusual


@pytest.mark.parametrize(
    ("baseline", "now"), [([], 40), (steady(1, 3), 40), (steady(4, 40), 0)], ids=["none", "too few", "nobody now"]
)
def test_without_enough_to_compare_with_nothing_is_said(baseline: list[Week], now: int) -> None:
    assert outbreak_threshold(baseline, now) is None
    assert not is_unusual(Week(30, 40), None, min_cases=5)


def test_quiet_weeks_are_rarely_flagged() -> None:
    """The whole measurement is ``python -m benchmarks.overview outbreaks``; this is a sample of it."""
    chance = random.Random(1)
    flagged = 0
    for _ in range(2000):
        weeks = [Week(sum(chance.random() < 0.1 for _ in range(60)), 60) for _ in range(BASELINE_WEEKS + 1)]
        flagged += is_unusual(weeks[0], outbreak_threshold(weeks[1:], 60), min_cases=5)
    assert flagged / 2000 < 0.004
