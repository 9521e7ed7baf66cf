"""Agreement beyond chance: known values, honest intervals, nothing said of too little."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from serving.review.agreement import Pair, agreement


def drawn(count: int, *, agree: float, seed: int) -> list[Pair]:
    """Pairs over four labels, the second of which repeats the first in about a share of cases."""
    chance = np.random.default_rng(seed)
    first = chance.choice(list("abcd"), count, p=[0.5, 0.25, 0.15, 0.1])
    other = chance.choice(list("abcd"), count)
    return [(str(a), str(a if chance.random() < agree else b)) for a, b in zip(first, other, strict=True)]


@pytest.mark.parametrize("agree", [0.0, 0.5, 0.9])
def test_kappa_is_cohens(agree: float) -> None:
    pairs = drawn(200, agree=agree, seed=3)
    found = agreement(pairs)
    assert found.kappa == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)))
    assert found.share == np.mean([one == other for one, other in pairs])


def test_of_reviewers_who_stand_for_no_one_the_order_does_not_count() -> None:
    pairs = drawn(200, agree=0.0, seed=4)
    both_ways = [*pairs, *((second, first) for first, second in pairs)]
    found = agreement(pairs, are_interchangeable=True)
    assert found.kappa == pytest.approx(cohen_kappa_score(*zip(*both_ways, strict=True)))
    assert found.kappa != pytest.approx(agreement(pairs).kappa)


def test_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Of samples of a population with a known kappa."""
    population = drawn(20_000, agree=0.6, seed=5)
    truth = cohen_kappa_score(*zip(*population, strict=True))
    chance = np.random.default_rng(6)
    held = 0
    for _ in range(50):
        found = agreement([population[place] for place in chance.choice(len(population), 80, replace=False)])
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert held >= 44
