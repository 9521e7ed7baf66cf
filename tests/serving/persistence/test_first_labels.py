"""Agreement is of what reviewers said before they knew of each other, in both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from majani.review.priority import Signals
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.case_record import NewCase, Origin, Seal
from serving.persistence.cases import Cases
from serving.persistence.models import Review
from serving.persistence.review_record import NewReview, ReviewVerdict, wanted_at_first
from serving.persistence.reviews import Reviews
from tests.serving.persistence.examined import examination

RUST = NewReview(ReviewVerdict.CONDITION, "bean.rust")
SPOT = NewReview(ReviewVerdict.CONDITION, "bean.angular_leaf_spot")
BAD = NewReview(ReviewVerdict.BAD_PHOTO)
# In the sample that two reviewers see.
CASE = next(public_id for number in range(40) if wanted_at_first(public_id := f"{number:022d}") == 2)


@pytest.fixture
def reviewers(engine: Engine) -> list[int]:
    tokens = AccessTokens(engine)
    for name in ("one", "other"):
        tokens.create(name, Role.EXTENSION, timedelta(days=1))
    return sorted(access.id for access in tokens.list())


@pytest.fixture
def reviews(engine: Engine) -> Reviews:
    """Make the reviews of one case that has none yet."""
    case = NewCase(Seal(CASE, "secret"), Origin.API, "sw", examination(1), None, ("2026-11-24/a-0.jpg",), None)
    Cases(engine).add(replace(case, signals=Signals()))
    return Reviews(engine)


def labels(reviews: Reviews) -> list[tuple[str, str]]:
    return [opinion.labels for opinion in reviews.second_opinions()]


def test_who_changes_their_mind_afterwards_agreed_no_more_than_before(reviews: Reviews, reviewers: list[int]) -> None:
    one, other = reviewers
    reviews.save(CASE, one, RUST)
    reviews.save(CASE, other, SPOT)
    reviews.save(CASE, one, SPOT)
    reviews.save(CASE, other, BAD)
    assert labels(reviews) == [("bean.rust", "bean.angular_leaf_spot")]
    # For everything else the latest word counts.
    assert [kept.review for kept in reviews.of_case(CASE)] == [SPOT, BAD]


def test_where_nobody_noted_the_first_word_nothing_is_said(
    engine: Engine, reviews: Reviews, reviewers: list[int]
) -> None:
    """An older release, beside this one or before it, keeps the latest alone."""
    for reviewer in reviewers:
        reviews.save(CASE, reviewer, RUST)
    with Session(engine) as session, session.begin():
        session.execute(update(Review).where(Review.reviewer_id == reviewers[0]).values(first_label=None))
    reviews.save(CASE, reviewers[0], SPOT)
    assert labels(reviews) == []
