"""A change is shown from chance, with few cases and with many."""

import random

import pytest

from serving.monitoring.population_stability import Change, drift_of_values, drift_of_words


def brightness(n: int, *, mean: float, seed: int) -> list[float]:
    chance = random.Random(seed)
    return [chance.gauss(mean, 30) for _ in range(n)]


def test_the_index_is_the_one_that_is_known() -> None:
    """Worked out by hand: half and half becomes a quarter and three quarters; the spread moves it a little."""
    drift = drift_of_words(["a", "b"] * 5000, (["a"] + ["b"] * 3) * 2500)
    assert drift.index == pytest.approx(0.2747, abs=0.0005)
    assert drift.change is Change.CLEAR


@pytest.mark.parametrize("n", [100, 1000])
def test_chance_alone_is_no_change(n: int) -> None:
    """Of 300 comparisons where nothing has changed, hardly any may say so."""
    changes = [
        drift_of_values(brightness(n, mean=120, seed=seed), brightness(n, mean=120, seed=10_000 + seed)).change
        for seed in range(300)
    ]
    assert sum(change is not Change.NONE for change in changes) <= 9


def test_by_chance_is_the_quantile_that_it_claims_to_be() -> None:
    found = [
        drift_of_values(brightness(200, mean=120, seed=seed), brightness(200, mean=120, seed=10_000 + seed))
        for seed in range(1000)
    ]
    above = sum(drift.index is not None and drift.index > drift.by_chance for drift in found)
    assert above <= 25


@pytest.mark.parametrize(("mean", "change"), [(120, Change.NONE), (132, Change.SLIGHT), (150, Change.CLEAR)], ids=str)
def test_darker_and_brighter_photos_are_noticed(mean: float, change: Change) -> None:
    drift = drift_of_values(brightness(2000, mean=120, seed=1), brightness(2000, mean=mean, seed=2))
    assert (drift.change, drift.then, drift.now) == (change, 2000, 2000)
