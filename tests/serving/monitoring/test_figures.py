"""How the model does: shares and what they are based on, changes that are more than chance, right answers."""

import random

import pytest

from majani.decision.rules import Outcome
from majani.model.distribution import Histogram
from serving.monitoring.correctness import Judgement, judge
from serving.monitoring.population_stability import Change, Drift, drift_of_values, drift_of_words
from serving.monitoring.proportion import Share
from serving.monitoring.report import Shares
from serving.persistence.review_record import ModelAnswer, NewReview
from serving.persistence.review_record import ReviewVerdict as Verdict

RUST, UNSURE = ModelAnswer(Outcome.CONDITION, "bean.rust"), ModelAnswer(Outcome.UNCERTAIN, None)
IS_RUST = NewReview(Verdict.CONDITION, "bean.rust")
IS_HEALTHY = NewReview(Verdict.CONDITION, "bean.healthy")
NO_PLANT, NO_IDEA, BAD = (
    NewReview(verdict, None) for verdict in (Verdict.NOT_A_PLANT, Verdict.CANNOT_TELL, Verdict.BAD_PHOTO)
)


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


@pytest.mark.parametrize(
    ("share", "interval"),
    [
        pytest.param(Share(8, 10), (0.4902, 0.9433), id="few"),
        pytest.param(Share(0, 20), (0.0, 0.1611), id="none"),
        pytest.param(Share(20, 20), (0.8389, 1.0), id="all"),
        pytest.param(Share(0, 0), (0.0, 1.0), id="of nothing"),
    ],
)
def test_interval_of_a_share(share: Share, interval: tuple[float, float]) -> None:
    assert share.interval == pytest.approx(interval, abs=0.0003)


@pytest.mark.parametrize(
    ("then", "now", "change"),
    [
        (Share(99, 99), Share(0, 200), Change.TOO_FEW),
        (Share(200, 200), Share(0, 99), Change.TOO_FEW),
        (Share(0, 0), Share(0, 0), Change.TOO_FEW),
        (Share(100, 100), Share(0, 100), Change.CLEAR),
        (Share(50, 100), Share(55, 100), Change.NONE),
    ],
)
def test_how_a_share_is_read(then: Share, now: Share, change: Change) -> None:
    assert Shares(then, now).change is change


@pytest.mark.parametrize(
    ("answer", "opinions", "judgement"),
    [
        (RUST, [IS_RUST], Judgement.RIGHT),
        (RUST, [IS_RUST, IS_RUST], Judgement.RIGHT),
        (RUST, [IS_HEALTHY], Judgement.WRONG),
        (RUST, [NO_PLANT], Judgement.WRONG),
        (ModelAnswer(Outcome.HEALTHY, "bean.healthy"), [IS_HEALTHY], Judgement.RIGHT),
        (ModelAnswer(Outcome.NOT_A_PLANT, None), [NO_PLANT], Judgement.RIGHT),
        (ModelAnswer(Outcome.NOT_A_PLANT, None), [IS_RUST], Judgement.WRONG),
        (ModelAnswer(Outcome.UNKNOWN_PLANT, None), [NO_PLANT], Judgement.WRONG),
        (UNSURE, [IS_RUST], Judgement.ABSTAINED),
        (ModelAnswer(Outcome.RETAKE, None), [IS_RUST], Judgement.ABSTAINED),
        (RUST, [], Judgement.UNKNOWN),
        (RUST, [IS_RUST, IS_HEALTHY], Judgement.UNKNOWN),
        (RUST, [IS_RUST, NO_IDEA], Judgement.UNKNOWN),
        (RUST, [NO_IDEA], Judgement.UNKNOWN),
        (UNSURE, [BAD], Judgement.UNKNOWN),
    ],
)
def test_an_answer_is_right_wrong_or_neither_as_experts_agree(
    answer: ModelAnswer, opinions: list[NewReview], judgement: Judgement
) -> None:
    assert judge(answer, opinions) is judgement
