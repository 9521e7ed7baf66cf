"""With a few weeks, more than usual is told from chance, from growth, and from nothing to compare with."""

import pytest
from scipy.stats import nbinom, poisson

from serving.surveillance.recent import (
    BASELINE_WEEKS,
    GAP_WEEKS,
    MIN_BASELINE_WEEKS,
    WINDOW_WEEKS,
    Week,
    baseline,
    outbreak_threshold,
    pooled_dispersion,
    quantile,
)


def steady(cases: int, all_cases: int) -> list[Week]:
    return [Week(cases, all_cases)] * BASELINE_WEEKS


def limit(weeks: list[Week], now: int, **more: float) -> float:
    found = outbreak_threshold(weeks, now, **more)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("mean", "dispersion"),
    # In the end one condition of a whole country.
    [
        *((0.1, 1.0), (4.0, 1.0), (4.0, 6.0), (250.0, 4.0), (5000.0, 1.2)),
        *((60_000.0, 427.0), (60_000.0, 1.0), (200_000.0, 20_000.0)),
    ],
)
@pytest.mark.timeout(60)
def test_the_limit_is_the_quantile_of_its_distribution(mean: float, dispersion: float) -> None:
    known = poisson(mean) if dispersion == 1.0 else nbinom(mean / (dispersion - 1), 1 / dispersion)
    assert quantile(mean, dispersion) == known.ppf(0.9995)


def test_the_limit_follows_senders_and_restless_weeks() -> None:
    calm = limit(steady(4, 40), 40)
    assert calm < 15 <= limit(steady(4, 40), 80)
    assert limit([Week(cases, 40) for cases in (0, 12, 0, 8, 0, 12, 0, 0)], 40) > 1.5 * calm
    assert pooled_dispersion([steady(4, 40)] * 3) == 1
    together = pooled_dispersion([[Week(cases, 40) for cases in (0, 8) * 4]] * 3)
    assert limit(steady(4, 40), 40, dispersion=together) > calm
    # What never occurred is unusual from a few on.
    assert limit(steady(0, 40), 40) < 5


def test_weeks_to_compare_with_are_known_ones_before_the_gap() -> None:
    skipped = WINDOW_WEEKS + GAP_WEEKS
    cases, all_cases = list(range(20)), [40] * 20
    assert [week.cases for week in baseline(cases, all_cases)] == cases[-skipped - BASELINE_WEEKS : -skipped]
    all_cases[-skipped - 3 : -skipped] = [0] * 3
    assert len(baseline(cases, all_cases)) == BASELINE_WEEKS - 3
    short = MIN_BASELINE_WEEKS + skipped
    assert baseline(cases[:short], [40] * short) == [Week(number, 40) for number in range(MIN_BASELINE_WEEKS)]
    assert baseline(cases[: short - 1], [40] * short) == []


def test_without_enough_to_compare_with_nothing_is_said() -> None:
    nobody_now = outbreak_threshold(steady(4, 40), 0)
    assert [outbreak_threshold([], 40), outbreak_threshold(steady(1, 3), 40), nobody_now] == [None] * 3
