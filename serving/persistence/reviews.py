"""Reviews: one of each reviewer for a case, the latest; those of several reviewers stand side by side.

What a reviewer said at first is kept beside it, because only that was said without knowing what others say.

Two who look at the same case at the same time lose nothing: each has a row of their own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, selectinload

from serving.clock import now
from serving.persistence.case_record import KeptCase
from serving.persistence.case_rows import kept
from serving.persistence.cases import UnknownCaseError
from serving.persistence.engine import insert, reading
from serving.persistence.failure import database_failures
from serving.persistence.models import Case, Review
from serving.persistence.review_record import KeptReview, NewReview, ReviewVerdict
from serving.persistence.sample import wanted_after, wanted_at_first


class NothingToSeeError(Exception):
    """No photo of the case is kept, so nobody can review it."""


@dataclass(frozen=True)
class ReviewedCase:
    """A case with what reviewers say, in the order in which they first did."""

    case: KeptCase
    reviews: tuple[KeptReview, ...]


@dataclass(frozen=True)
class SecondOpinion:
    """What the first two reviewers of a case of the sample said of it at first, each without knowing of the other.

    Attributes:
        model_version: Of the model that answered the case.
        reviewers: Numbers of their access tokens.
        labels: A condition's id or a verdict of each.
    """

    model_version: str
    reviewers: tuple[int, int]
    labels: tuple[str, str]


class Reviews:
    """The table of reviews; safe to share between threads. Every method may raise ``StorageError``."""

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] = now) -> None:
        self._engine = engine
        self._clock = clock

    def give(self, public_id: str, reviewer: int, review: NewReview) -> str | None:
        """Keep what a reviewer says of a case, in place of what the same reviewer said before.

        Args:
            public_id: Of the case.
            reviewer: Number of the access token.
            review: What is said.

        Returns:
            The label of what the same reviewer said before; None if nothing.

        Raises:
            UnknownCaseError: If there is no such case.
            NothingToSeeError: If no photo of it is kept.
        """
        # PostgreSQL refuses even to look for it.
        if "\0" in public_id:
            raise UnknownCaseError(public_id)
        given = {
            "verdict": review.verdict.value,
            "condition": review.condition,
            "note": review.note,
            "reviewed_at": self._clock(),
        }
        with database_failures(), Session(self._engine) as session, session.begin():
            # Reviews that come at the same time take turns, so that the last one sees whether they agree.
            case = session.scalar(select(Case).where(Case.public_id == public_id).with_for_update())
            if case is None:
                raise UnknownCaseError(public_id)
            if not case.keeps_photos:
                raise NothingToSeeError(public_id)
            label = func.coalesce(Review.condition, Review.verdict)
            before = session.scalar(select(label).where(Review.case_id == case.id, Review.reviewer_id == reviewer))
            first = {"case_id": case.id, "reviewer_id": reviewer, "first_label": review.label}
            giving = insert(self._engine, Review).values(**first, **given)
            giving = giving.on_conflict_do_update(index_elements=[Review.case_id, Review.reviewer_id], set_=given)
            session.execute(giving)
            said = session.scalars(select(Review).where(Review.case_id == case.id))
            case.reviews_wanted = wanted_after(public_id, [_review(row).label for row in said])
        return None if before is None else str(before)

    def of_case(self, public_id: str) -> tuple[KeptReview, ...]:
        """What reviewers say of a case, in the order in which they first did."""
        asking = (
            select(Review).join(Case, Case.id == Review.case_id).where(Case.public_id == public_id).order_by(Review.id)
        )
        with database_failures(), Session(reading(self._engine)) as session:
            return tuple(map(_kept, session.scalars(asking)))

    def latest(self, reviewer: int, *, limit: int) -> Sequence[tuple[str, NewReview]]:
        """What a reviewer has said last, with the public ids of the cases."""
        asking = (
            select(Case.public_id, Review)
            .join(Case, Case.id == Review.case_id)
            .where(Review.reviewer_id == reviewer)
            .order_by(Review.reviewed_at.desc())
            .limit(limit)
        )
        with database_failures(), Session(reading(self._engine)) as session:
            return [(public_id, _review(row)) for public_id, row in session.execute(asking)]

    def reviewed_cases(self) -> Sequence[ReviewedCase]:
        """All cases that somebody has reviewed and whose photos may be looked at, oldest first."""
        asking = (
            select(Case)
            .where(Case.keeps_photos, Case.reviews.any())
            .options(selectinload(Case.photos), selectinload(Case.feedback), selectinload(Case.reviews))
            .order_by(Case.id)
        )
        with database_failures(), Session(reading(self._engine)) as session:
            return [
                ReviewedCase(kept(row), tuple(map(_kept, sorted(row.reviews, key=lambda one: one.id))))
                for row in session.scalars(asking)
            ]

    def second_opinions(self) -> Sequence[SecondOpinion]:
        """What the first two reviewers of every case of the sample that has them said at first.

        Cases that got a second reviewer for another reason, such as that somebody disagreed, would make agreement look
        worse than it is. So are those left out of which nobody noted what was said at first.
        """
        several = select(Review.case_id).group_by(Review.case_id).having(func.count() > 1)
        asking = (
            select(Case.public_id, Case.model_version, Review.reviewer_id, Review.first_label)
            .join(Case, Case.id == Review.case_id)
            .where(Review.case_id.in_(several))
            .order_by(Review.case_id, Review.id)
        )
        with database_failures(), Session(reading(self._engine)) as session:
            rows = session.execute(asking).all()
        found = []
        for public_id, of_case in groupby(rows, key=lambda row: str(row.public_id)):
            first, second, *_ = of_case
            if wanted_at_first(public_id) < 2 or first.first_label is None or second.first_label is None:
                continue
            reviewers, labels = (first.reviewer_id, second.reviewer_id), (first.first_label, second.first_label)
            found.append(SecondOpinion(first.model_version, reviewers, labels))
        return found


def _kept(row: Review) -> KeptReview:
    return KeptReview(row.reviewer_id, _review(row), row.reviewed_at)


def _review(row: Review) -> NewReview:
    return NewReview(ReviewVerdict(row.verdict), row.condition, row.note)
