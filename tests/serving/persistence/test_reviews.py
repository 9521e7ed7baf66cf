"""Reviews: one of each reviewer, none lost, one more wanted where they disagree, and what looks alike moves up."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from majani.decision.diagnosis import Evidence, Examination
from majani.decision.question import Reply
from majani.review.priority import Signals, review_priority
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.case_record import FeedbackVerdict
from serving.persistence.cases import Cases, NothingToSeeError, UnknownCaseError
from serving.persistence.models import Case, Review
from serving.persistence.review_record import (
    ExpertWord,
    NewReview,
    ReviewVerdict,
    wanted_at_first,
)
from serving.persistence.reviews import OPEN_FOR, ReviewQueue, Reviews, expert_word
from serving.persistence.similar_cases import SimilarCases
from tests.serving.clock import START, Clock
from tests.serving.persistence.examined import examination
from tests.serving.persistence.test_cases import new_case

RUST = NewReview(ReviewVerdict.CONDITION, "bean.rust")
SPOT = NewReview(ReviewVerdict.CONDITION, "bean.angular_leaf_spot")
BAD = NewReview(ReviewVerdict.BAD_PHOTO, note="too near")
# Of the first ids, which are in the sample that two reviewers see.
IDS = [f"{number:022d}" for number in range(40)]
ONE = [public_id for public_id in IDS if wanted_at_first(public_id) == 1]
TWO = [public_id for public_id in IDS if wanted_at_first(public_id) == 2]


def said(review: Review) -> NewReview:
    return NewReview(ReviewVerdict(review.verdict), review.condition, review.note, review.remark)


@dataclass(frozen=True)
class Desk:
    """Reviewers, by their numbers, who share the cases of one database."""

    engine: Engine
    people: list[int]
    clock: Clock

    @property
    def cases(self) -> Cases:
        return Cases(self.engine)

    @property
    def reviews(self) -> Reviews:
        return Reviews(self.engine, clock=self.clock)

    @property
    def queue(self) -> ReviewQueue:
        return ReviewQueue(self.engine, clock=self.clock)

    def add(self, public_id: str, **strengths: float) -> None:
        self.cases.add(new_case(public_id, signals=Signals(**strengths)))

    def add_without_photos(self, public_id: str) -> None:
        self.cases.add(new_case(public_id, paths=(None,)))

    def save(self, public_id: str, person: int, review: NewReview) -> str | None:
        return self.reviews.save(public_id, self.people[person], review)

    def wanted(self, public_id: str) -> int:
        with Session(self.engine) as session:
            return session.scalar(select(Case.reviews_wanted).where(Case.public_id == public_id)) or 0

    def waiting(self, person: int) -> list[str]:
        return [one.public_id for one in self.queue.top(self.people[person], limit=50)]


@pytest.fixture
def reviewers(engine: Engine) -> list[int]:
    tokens = AccessTokens(engine)
    for number in range(4):
        tokens.create(f"desk {number}", Role.EXTENSION, timedelta(days=1))
    return [access.id for access in tokens.list()]


@pytest.fixture
def desk(engine: Engine, reviewers: list[int], clock: Clock) -> Desk:
    return Desk(engine, reviewers, clock)


def test_latest_review_of_each_reviewer_counts(desk: Desk) -> None:
    desk.add(ONE[0])
    replaced = []
    for person, review in ((0, SPOT), (1, BAD), (0, RUST)):
        desk.clock.moment += timedelta(minutes=1)
        replaced.append(desk.save(ONE[0], person, review))
    assert replaced == [None, None, SPOT.label]
    given = desk.reviews.of_case(ONE[0])
    assert [(one.reviewer_id, said(one)) for one in given] == [(desk.people[0], RUST), (desk.people[1], BAD)]
    assert given[0].reviewed_at == START + timedelta(minutes=3)


def test_unknown_cases_and_those_without_photos_are_refused(desk: Desk) -> None:
    desk.add_without_photos(ONE[0])
    for public_id, error in (("nobody", UnknownCaseError), (ONE[0], NothingToSeeError)):
        with pytest.raises(error):
            desk.save(public_id, 0, RUST)
        with pytest.raises(error):
            desk.cases.ask_expert(public_id)
    assert desk.reviews.of_case("nobody") == []


def test_reviews_at_the_same_time_all_count(desk: Desk) -> None:
    desk.add(ONE[0])
    given = [RUST, SPOT, BAD, RUST]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda pair: desk.reviews.save(ONE[0], *pair), zip(desk.people, given, strict=True)))
    kept = {one.reviewer_id: said(one) for one in desk.reviews.of_case(ONE[0])}
    assert kept == dict(zip(desk.people, given, strict=True))
    # The last reviewer saw that the others disagree.
    assert desk.wanted(ONE[0]) == 3


def test_disagreement_asks_for_one_more(desk: Desk) -> None:
    desk.add(TWO[0])
    wanted = [desk.wanted(TWO[0])]
    # Reviewers who change their mind settle it again.
    for person, review in ((0, RUST), (1, RUST), (1, BAD), (2, SPOT), (1, RUST), (2, RUST)):
        desk.save(TWO[0], person, review)
        wanted.append(desk.wanted(TWO[0]))
    assert wanted == [2, 2, 2, 3, 3, 3, 2]


def test_queue_begins_with_what_is_most_worth_a_look(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sure, odd, unsure = ONE[:3]
    desk.add(sure, uncertainty=0.1)
    desk.add(odd, uncertainty=0.9, disagreement=1)
    desk.add(unsure, uncertainty=0.6)
    desk.add_without_photos(ONE[3])
    assert desk.waiting(0) == [odd, unsure, sure]
    assert desk.queue.count(desk.people[0]) == 3
    assert desk.queue.top(desk.people[0], limit=1)[0].known_signals == Signals(uncertainty=0.9, disagreement=1)
    # A farmer says that it is wrong, that it is right after all, and asks for an expert.
    desk.cases.give_feedback(sure, FeedbackVerdict.WRONG, None)
    assert desk.waiting(0) == [odd, sure, unsure]
    desk.cases.give_feedback(sure, FeedbackVerdict.RIGHT, None)
    assert desk.waiting(0) == [odd, unsure, sure]
    desk.add(ONE[4], uncertainty=1, called_wrong=1, kinship=1)
    desk.cases.ask_expert(sure)
    desk.cases.give_feedback(sure, FeedbackVerdict.RIGHT, None)
    assert desk.waiting(0) == [sure, ONE[4], odd, unsure]
    assert desk.cases.find(sure).is_expert_asked
    monkeypatch.setattr("serving.persistence.reviews.MOST_COUNTED", 2)
    assert desk.queue.count(desk.people[0]) == 2, "millions are not counted"


def test_nobody_is_asked_twice_and_no_more_than_wanted(desk: Desk) -> None:
    desk.add(ONE[0])
    desk.add(TWO[0])
    desk.save(ONE[0], 0, RUST)
    desk.save(TWO[0], 0, RUST)
    assert [desk.waiting(person) for person in range(2)] == [[], [TWO[0]]]
    desk.save(TWO[0], 1, SPOT)
    assert [desk.waiting(person) for person in range(3)] == [[], [], [TWO[0]]]
    assert [desk.queue.count(reviewer) for reviewer in desk.people[:3]] == [0, 0, 1]


def test_reviewers_who_ask_at_the_same_moment_get_different_cases_that_come_back_if_left_open(desk: Desk) -> None:
    for place in range(12):
        desk.add(ONE[place], uncertainty=place / 20)
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(desk.queue.open_next, desk.people * 3))
    assert sorted(map(str, opened)) == sorted(ONE[:12])
    desk.clock.moment += OPEN_FOR
    assert desk.queue.open_next(desk.people[1]) == ONE[11]


def test_deleted_case_takes_its_reviews_along(desk: Desk) -> None:
    desk.add(ONE[0])
    desk.save(ONE[0], 0, RUST)
    desk.cases.delete([ONE[0]])
    reviews = desk.reviews
    assert (reviews.of_case(ONE[0]), reviews.reviewed_cases(), reviews.latest(desk.people[0], limit=5)) == ([], [], [])


def test_second_opinions_are_the_first_words_of_two_reviewers_in_the_sample(desk: Desk) -> None:
    outside, both, one_only, told, old = ONE[0], *TWO[:4]
    for public_id in (outside, both, one_only, told, old):
        desk.add(public_id)
    # An older release, beside this one or before it, keeps the latest word alone.
    for person in range(2):
        desk.save(old, person, RUST)
    with Session(desk.engine) as session, session.begin():
        session.execute(update(Review).where(Review.reviewer_id == desk.people[0]).values(first_label=None))
    desk.save(old, 0, SPOT)
    # Who asks the sender has seen what the other said before they label the case once more.
    desk.save(told, 0, RUST)
    desk.save(told, 1, NewReview(ReviewVerdict.CANNOT_TELL, remark="ask_half"))
    assert desk.reviews.reply(told, "ask_half", Reply.YES)
    desk.save(told, 1, RUST)
    desk.save(one_only, 0, RUST)
    # Outside the sample a second reviewer comes only after something odd.
    for person, review in enumerate((RUST, SPOT, SPOT)):
        desk.save(outside, person, review)
        desk.save(both, person, review)
    # Who changes their mind afterwards agreed no more than before. For everything else the latest word counts.
    for person, review in ((0, SPOT), (1, BAD)):
        desk.save(both, person, review)
    assert desk.reviews.second_opinions() == [(tuple(desk.people[:2]), ("bean.rust", "bean.angular_leaf_spot"))]
    assert [*map(said, desk.reviews.of_case(both))] == [SPOT, BAD, SPOT]


def heard(*said: NewReview) -> ExpertWord:
    moments = (START + timedelta(minutes=at) for at in range(len(said)))
    word = expert_word([Review(**vars(one), reviewed_at=moment) for one, moment in zip(said, moments, strict=True)])
    assert word is not None
    return word


def test_senders_hear_what_more_than_half_of_the_reviewers_say_and_the_latest_remark_of_those() -> None:
    for said, label in (
        ([RUST], "bean.rust"),
        ([RUST, RUST], "bean.rust"),
        ([BAD, BAD], "bad_photo"),
        ([RUST, SPOT], "disagreement"),
        ([RUST, BAD], "disagreement"),
        ([RUST, SPOT, RUST], "bean.rust"),
        ([RUST, SPOT, BAD], "disagreement"),
        ([RUST, SPOT, RUST, SPOT], "disagreement"),
    ):
        assert (heard(*said).label, heard(*said).condition) == (label, label if "." in label else None)
    assert expert_word([]) is None
    watch, officer = (replace(RUST, remark=remark) for remark in ("watch", "officer"))
    word = heard(watch, officer, RUST, replace(SPOT, remark="undersides"))
    assert (word.condition, word.remark) == ("bean.rust", "officer")


# Waiting cases are weighed again by what reviewers have corrected.
VERSION = examination().diagnosis.model_version
BLIGHT = NewReview(ReviewVerdict.CONDITION, "tomato.late_blight")
UNCLEAR = NewReview(ReviewVerdict.CANNOT_TELL)
NEW, OLD = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
REVIEWED, RIGHT = ([f"{name} {number}" for number in range(5)] for name in ("reviewed", "right"))


def rare(_: str) -> float:
    return 1.0


def add_like(engine: Engine, public_id: str, *photos: Sequence[float], version: str = VERSION) -> None:
    """A case that the model took for rust, with one photo or several in these directions."""
    seen = tuple(
        Evidence(9, 9, None, likeliest="bean.rust", embedding=np.array(photo, dtype=np.float32)) for photo in photos
    )
    diagnosis = examination(len(photos)).diagnosis.model_copy(update={"model_version": version})
    paths = tuple(f"2026-11-24/{public_id[-1]}-{number}.jpg" for number in range(len(photos)))
    examined, signals = Examination(diagnosis, seen), Signals(uncertainty=0.07)
    Cases(engine).add(new_case(public_id, examination=examined, paths=paths, signals=signals))


@pytest.fixture
def corrected(engine: Engine, reviewers: list[int]) -> None:
    """Five cases in the new direction, of which a reviewer says that they show spots; five others are right."""
    for public_id, direction, review in (*((one, NEW, SPOT) for one in REVIEWED), *((one, OLD, RUST) for one in RIGHT)):
        add_like(engine, public_id, direction)
        Reviews(engine).save(public_id, reviewers[0], review)


def signals_of(engine: Engine, public_id: str) -> Signals | None:
    return Cases(engine).find(public_id).known_signals


@pytest.mark.usefixtures("corrected")
def test_what_looks_like_corrected_cases_moves_up(engine: Engine, reviewers: list[int]) -> None:
    add_like(engine, "other", OLD)
    # Its likest photo counts.
    add_like(engine, "kin", NEW, OLD)
    SimilarCases(engine).update(VERSION, rare)
    assert signals_of(engine, "other") == Signals(uncertainty=0.07, kinship=0)
    assert [case.public_id for case in ReviewQueue(engine).top(reviewers[0], limit=9)] == ["kin", "other"]
    signals = signals_of(engine, "kin")
    assert signals == Signals(uncertainty=0.07, kinship=pytest.approx(1))
    assert review_priority(signals) > review_priority(Signals(uncertainty=0.07))


@pytest.mark.usefixtures("corrected")
@pytest.mark.parametrize("second", [RUST, BLIGHT, UNCLEAR], ids=lambda second: second.label)
def test_reviewers_have_to_agree(engine: Engine, reviewers: list[int], second: NewReview) -> None:
    add_like(engine, "kin", NEW)
    for public_id in REVIEWED:
        Reviews(engine).save(public_id, reviewers[1], second)
    # Who could not tell has not disagreed.
    assert SimilarCases(engine).update(VERSION, rare) == (1 if second is UNCLEAR else 0)


@pytest.mark.usefixtures("corrected")
def test_what_a_farmer_says_meanwhile_stays(engine: Engine) -> None:
    names = [f"waiting {number}" for number in range(12)]
    for name in names:
        add_like(engine, name, NEW)
    with ThreadPoolExecutor(4) as pool:
        updates = [pool.submit(SimilarCases(engine).update, VERSION, rare) for _ in range(2)]
        told = [pool.submit(Cases(engine).give_feedback, name, FeedbackVerdict.WRONG, None) for name in names]
        for one in (*updates, *told):
            one.result()
    for name in names:
        assert signals_of(engine, name) == Signals(called_wrong=1, uncertainty=0.07, kinship=pytest.approx(1))
