"""A change is shown from chance, with few cases and with many."""

import random

import pytest

from majani.model.distribution import Histogram
from serving.monitoring.population_stability import Change, Drift, drift_of_values, drift_of_words


def brightness(n: int, *, mean: float, seed: int) -> list[float]:
    chance = random.Random(seed)
    return [chance.gauss(mean, 30) for _ in range(n)]


def drift(then: list[float], now: list[float]) -> Drift:
    return drift_of_values(Histogram.of(then), now)


def test_the_index_is_the_one_that_is_known() -> None:
    """Worked out by hand: half and half becomes a quarter and three quarters; the spread moves it a little."""
    found = drift_of_words({"a": 5000, "b": 5000}, (["a"] + ["b"] * 3) * 2500)
    assert found.index == pytest.approx(0.2747, abs=0.0005)
    assert found.change is Change.CLEAR


@pytest.mark.parametrize("n", [100, 1000])
def test_chance_alone_is_no_change(n: int) -> None:
    """Of 300 comparisons where nothing has changed, hardly any may say so."""
    changes = [
        drift(brightness(n, mean=120, seed=seed), brightness(n, mean=120, seed=10_000 + seed)).change
        for seed in range(300)
    ]
    assert sum(change is not Change.NONE for change in changes) <= 9


def test_by_chance_is_the_quantile_that_it_claims_to_be() -> None:
    found = [
        drift(brightness(200, mean=120, seed=seed), brightness(200, mean=120, seed=10_000 + seed))
        for seed in range(1000)
    ]
    above = sum(one.index is not None and one.index > one.by_chance for one in found)
    assert above <= 25


@pytest.mark.parametrize(("mean", "change"), [(120, Change.NONE), (132, Change.SLIGHT), (150, Change.CLEAR)], ids=str)
def test_darker_and_brighter_photos_are_noticed(mean: float, change: Change) -> None:
    found = drift(brightness(2000, mean=120, seed=1), brightness(2000, mean=mean, seed=2))
    assert (found.change, found.then, found.now) == (change, 2000, 2000)
