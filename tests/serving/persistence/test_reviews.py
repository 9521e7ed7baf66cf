"""Reviews in both databases: one of each reviewer, none lost, and one more wanted where they disagree."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from majani.review.priority import Signals
from serving.persistence.case_record import FeedbackVerdict
from serving.persistence.cases import Cases, NothingToSeeError, UnknownCaseError
from serving.persistence.models import Case, Review
from serving.persistence.review_record import NewReview, ReviewRecord, ReviewVerdict, expert_word, wanted_at_first
from serving.persistence.reviews import OPEN_FOR, ReviewQueue, Reviews
from tests.serving.clock import START, Clock
from tests.serving.persistence.test_cases import new_case

RUST = NewReview(ReviewVerdict.CONDITION, "bean.rust")
SPOT = NewReview(ReviewVerdict.CONDITION, "bean.angular_leaf_spot")
BAD = NewReview(ReviewVerdict.BAD_PHOTO, note="too near")
# Of the first ids, which are in the sample that two reviewers see.
IDS = [f"{number:022d}" for number in range(40)]
ONE = [public_id for public_id in IDS if wanted_at_first(public_id) == 1]
TWO = [public_id for public_id in IDS if wanted_at_first(public_id) == 2]


@pytest.fixture
def reviews(engine: Engine, clock: Clock) -> Reviews:
    return Reviews(engine, clock=clock)


@pytest.fixture
def queue(engine: Engine, clock: Clock) -> ReviewQueue:
    return ReviewQueue(engine, clock=clock)


def add(engine: Engine, public_id: str, **strengths: float) -> None:
    Cases(engine).add(replace(new_case(public_id), signals=Signals(**strengths)))


def wanted(engine: Engine, public_id: str) -> int:
    with Session(engine) as session:
        return session.scalar(select(Case.reviews_wanted).where(Case.public_id == public_id)) or 0


def ids(queue: ReviewQueue, reviewer: int) -> list[str]:
    return [one.public_id for one in queue.top(reviewer, limit=50)]


def test_latest_review_of_each_reviewer_counts(
    engine: Engine, reviews: Reviews, reviewers: list[int], clock: Clock
) -> None:
    add(engine, ONE[0])
    replaced = []
    for reviewer, review in ((reviewers[0], SPOT), (reviewers[1], BAD), (reviewers[0], RUST)):
        clock.moment += timedelta(minutes=1)
        replaced.append(reviews.save(ONE[0], reviewer, review))
    assert replaced == [None, None, SPOT.label]
    given = reviews.of_case(ONE[0])
    assert [(one.reviewer, one.review) for one in given] == [(reviewers[0], RUST), (reviewers[1], BAD)]
    assert given[0].reviewed_at == START + timedelta(minutes=3)


def test_unknown_cases_and_those_without_photos_are_refused(
    engine: Engine, reviews: Reviews, reviewers: list[int]
) -> None:
    with pytest.raises(UnknownCaseError):
        reviews.save("nobody", reviewers[0], RUST)
    Cases(engine).add(replace(new_case(ONE[0]), paths=(None,)))
    with pytest.raises(NothingToSeeError):
        reviews.save(ONE[0], reviewers[0], RUST)
    assert reviews.of_case("nobody") == ()


def test_reviews_at_the_same_time_all_count(engine: Engine, reviews: Reviews, reviewers: list[int]) -> None:
    add(engine, ONE[0])
    said = [RUST, SPOT, BAD, RUST]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda pair: reviews.save(ONE[0], *pair), zip(reviewers, said, strict=True)))
    kept = {one.reviewer: one.review for one in reviews.of_case(ONE[0])}
    assert kept == dict(zip(reviewers, said, strict=True))
    # The last reviewer saw that the others disagree.
    assert wanted(engine, ONE[0]) == 3


def test_disagreement_asks_for_one_more(engine: Engine, reviews: Reviews, reviewers: list[int]) -> None:
    add(engine, TWO[0])
    assert wanted(engine, TWO[0]) == 2
    reviews.save(TWO[0], reviewers[0], RUST)
    reviews.save(TWO[0], reviewers[1], RUST)
    assert wanted(engine, TWO[0]) == 2
    reviews.save(TWO[0], reviewers[1], BAD)
    assert wanted(engine, TWO[0]) == 3
    reviews.save(TWO[0], reviewers[2], SPOT)
    assert wanted(engine, TWO[0]) == 3
    # A reviewer who changes their mind settles it again.
    reviews.save(TWO[0], reviewers[1], RUST)
    reviews.save(TWO[0], reviewers[2], RUST)
    assert wanted(engine, TWO[0]) == 2


def test_queue_begins_with_what_is_most_worth_a_look(
    engine: Engine, queue: ReviewQueue, reviewers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    add(engine, ONE[0], uncertainty=0.1)
    add(engine, ONE[1], uncertainty=0.9, disagreement=1)
    add(engine, ONE[2], uncertainty=0.5)
    Cases(engine).add(replace(new_case(ONE[3]), paths=(None,)))
    assert ids(queue, reviewers[0]) == [ONE[1], ONE[2], ONE[0]]
    assert queue.count(reviewers[0]) == 3
    monkeypatch.setattr("serving.persistence.reviews.MOST_COUNTED", 2)
    assert queue.count(reviewers[0]) == 2, "millions are not counted"
    assert queue.top(reviewers[0], limit=1)[0].signals == Signals(uncertainty=0.9, disagreement=1)


def test_farmer_who_says_wrong_moves_a_case_up_and_back_again(
    engine: Engine, queue: ReviewQueue, reviewers: list[int]
) -> None:
    add(engine, ONE[0], uncertainty=0.6)
    add(engine, ONE[1], uncertainty=0.1)
    Cases(engine).give_feedback(ONE[1], FeedbackVerdict.WRONG, None)
    assert ids(queue, reviewers[0]) == [ONE[1], ONE[0]]
    Cases(engine).give_feedback(ONE[1], FeedbackVerdict.RIGHT, None)
    assert ids(queue, reviewers[0]) == [ONE[0], ONE[1]]


def test_nobody_is_asked_twice_and_no_more_than_wanted(
    engine: Engine, queue: ReviewQueue, reviews: Reviews, reviewers: list[int]
) -> None:
    add(engine, ONE[0])
    add(engine, TWO[0])
    reviews.save(ONE[0], reviewers[0], RUST)
    reviews.save(TWO[0], reviewers[0], RUST)
    assert [ids(queue, reviewer) for reviewer in reviewers[:2]] == [[], [TWO[0]]]
    reviews.save(TWO[0], reviewers[1], SPOT)
    assert [ids(queue, reviewer) for reviewer in reviewers[:3]] == [[], [], [TWO[0]]]
    assert [queue.count(reviewer) for reviewer in reviewers[:3]] == [0, 0, 1]


def test_reviewers_who_ask_at_the_same_moment_get_different_cases(
    engine: Engine, queue: ReviewQueue, reviewers: list[int]
) -> None:
    for place in range(12):
        add(engine, ONE[place])
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(queue.open_next, reviewers * 3))
    assert sorted(map(str, opened)) == sorted(ONE[:12])


def test_case_that_somebody_left_open_comes_back(
    engine: Engine, queue: ReviewQueue, reviewers: list[int], clock: Clock
) -> None:
    add(engine, ONE[0], uncertainty=0.9)
    add(engine, ONE[1], uncertainty=0.1)
    assert queue.open_next(reviewers[0]) == ONE[0]
    clock.moment += OPEN_FOR
    assert queue.open_next(reviewers[1]) == ONE[0]


def test_deleted_case_takes_its_reviews_along(engine: Engine, reviews: Reviews, reviewers: list[int]) -> None:
    add(engine, ONE[0])
    reviews.save(ONE[0], reviewers[0], RUST)
    Cases(engine).delete([ONE[0]])
    assert (reviews.of_case(ONE[0]), reviews.reviewed_cases(), reviews.latest(reviewers[0], limit=5)) == ((), [], [])


def test_second_opinions_are_those_of_the_sample(engine: Engine, reviews: Reviews, reviewers: list[int]) -> None:
    """Elsewhere a second reviewer comes only after something odd."""
    for public_id in (ONE[0], TWO[0], TWO[1]):
        add(engine, public_id)
    for reviewer, review in zip(reviewers, (RUST, SPOT, SPOT), strict=False):
        reviews.save(ONE[0], reviewer, review)
        reviews.save(TWO[0], reviewer, review)
    reviews.save(TWO[1], reviewers[0], RUST)
    [opinion] = reviews.second_opinions()
    assert (opinion.reviewers, opinion.labels) == (tuple(reviewers[:2]), ("bean.rust", "bean.angular_leaf_spot"))


def labels(reviews: Reviews) -> list[tuple[str, str]]:
    return [opinion.labels for opinion in reviews.second_opinions()]


def test_who_changes_their_mind_afterwards_agreed_no_more_than_before(
    engine: Engine, reviews: Reviews, reviewers: list[int]
) -> None:
    one, other = reviewers[:2]
    add(engine, TWO[0])
    reviews.save(TWO[0], one, RUST)
    reviews.save(TWO[0], other, SPOT)
    reviews.save(TWO[0], one, SPOT)
    reviews.save(TWO[0], other, BAD)
    assert labels(reviews) == [("bean.rust", "bean.angular_leaf_spot")]
    # For everything else the latest word counts.
    assert [kept.review for kept in reviews.of_case(TWO[0])] == [SPOT, BAD]


def test_where_nobody_noted_the_first_word_nothing_is_said(
    engine: Engine, reviews: Reviews, reviewers: list[int]
) -> None:
    """An older release, beside this one or before it, keeps the latest alone."""
    add(engine, TWO[0])
    for reviewer in reviewers[:2]:
        reviews.save(TWO[0], reviewer, RUST)
    with Session(engine) as session, session.begin():
        session.execute(update(Review).where(Review.reviewer_id == reviewers[0]).values(first_label=None))
    reviews.save(TWO[0], reviewers[0], SPOT)
    assert labels(reviews) == []


@pytest.mark.parametrize(
    ("said", "label"),
    [
        pytest.param([RUST], "bean.rust", id="one"),
        pytest.param([RUST, RUST], "bean.rust", id="agreed"),
        pytest.param([BAD, BAD], "bad_photo", id="agreed on no condition"),
        pytest.param([RUST, SPOT], "disagreement", id="contradicted"),
        pytest.param([RUST, BAD], "disagreement", id="doubted"),
        pytest.param([RUST, SPOT, RUST], "bean.rust", id="settled by a third"),
        pytest.param([RUST, SPOT, BAD], "disagreement", id="all different"),
        pytest.param([RUST, SPOT, RUST, SPOT], "disagreement", id="half and half"),
    ],
)
def test_senders_hear_what_more_than_half_of_the_reviewers_say(said: list[NewReview], label: str) -> None:
    word = expert_word([ReviewRecord(number, review, START) for number, review in enumerate(said)])
    assert word is not None
    assert word.label == label
    assert word.condition == (label if "." in label else None)


def test_remark_is_the_latest_of_those_who_agree() -> None:
    remarked = [
        replace(RUST, remark="watch"),
        replace(RUST, remark="officer"),
        RUST,
        replace(SPOT, remark="undersides"),
    ]
    records = [
        ReviewRecord(number, review, START + timedelta(minutes=number)) for number, review in enumerate(remarked)
    ]
    word = expert_word(records)
    assert word is not None
    assert (word.label, word.remark) == ("bean.rust", "officer")
    assert expert_word([]) is None


def test_case_of_a_sender_who_asks_comes_first_and_stays_there(
    engine: Engine, queue: ReviewQueue, reviewers: list[int]
) -> None:
    add(engine, ONE[0], uncertainty=1, called_wrong=1, kinship=1)
    add(engine, ONE[1])
    Cases(engine).ask_expert(ONE[1])
    Cases(engine).give_feedback(ONE[1], FeedbackVerdict.RIGHT, None)
    assert ids(queue, reviewers[0]) == [ONE[1], ONE[0]]
    assert Cases(engine).find(ONE[1]).is_expert_asked
    Cases(engine).add(replace(new_case(ONE[2]), paths=(None,)))
    with pytest.raises(NothingToSeeError):
        Cases(engine).ask_expert(ONE[2])
    with pytest.raises(UnknownCaseError):
        Cases(engine).ask_expert("nobody")
