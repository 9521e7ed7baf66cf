"""Stores a challenger's answers to stored cases, beside the answers that the senders saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal, select
from sqlalchemy.orm import load_only, selectinload

from majani.decision.diagnosis import Diagnosis
from majani.decision.rules import Outcome
from serving.persistence.cases import Places, within
from serving.persistence.engine import insert
from serving.persistence.models import Base, Case, Review, ShadowAnswer
from serving.persistence.repository import Repository
from serving.persistence.review_record import ModelAnswer, NewReview, ReviewVerdict

_CASES = Base.metadata.tables[Case.__tablename__]
# Enough to tell two models apart, and read in a moment.
MAX_COMPARED = 5000
_COLUMNS = ["case_id", "model_version", "outcome", "condition", "probability", "answered_at"]


@dataclass(frozen=True)
class ComparedCase:
    """One case that two models have answered, the champion to its sender; reviewers are numbers of access tokens."""

    public_id: str
    created_at: datetime
    keeps_photos: bool
    champion: ModelAnswer
    challenger: ModelAnswer
    opinions: tuple[NewReview, ...]
    reviewers: frozenset[int] = frozenset()

    def opinions_for(self, reviewer: int) -> tuple[NewReview, ...]:
        """Reviews that a reviewer may see: none before their own."""
        return self.opinions if reviewer in self.reviewers else ()


@dataclass(frozen=True)
class ModelPair:
    """Two models that have answered the same cases."""

    champion_version: str
    challenger_version: str
    cases: int


class ShadowAnswers(Repository):
    """The table of a challenger's answers."""

    def add(self, public_id: str, diagnosis: Diagnosis) -> None:
        """Keep an answer, unless the case was deleted meanwhile or this model has answered it before."""
        named = diagnosis.condition
        values = (
            diagnosis.model_version,
            diagnosis.outcome.value,
            None if named is None else named.id,
            None if named is None else named.probability,
            self._clock(),
        )
        typed = [
            literal(value, ShadowAnswer.__table__.c[column].type)
            for column, value in zip(_COLUMNS[1:], values, strict=True)
        ]
        # Selected from the case itself, so that no answer is written for a deleted case.
        from_case = select(_CASES.c.id, *typed).where(_CASES.c.public_id == public_id)
        adding = insert(self.engine, ShadowAnswer).from_select(_COLUMNS, from_case)
        with self._connection() as connection:
            connection.execute(
                adding.on_conflict_do_nothing(index_elements=[ShadowAnswer.case_id, ShadowAnswer.model_version])
            )

    def model_pairs(self) -> tuple[ModelPair, ...]:
        """Return the pairs of models that can be compared, the latest first."""
        counting = (
            select(Case.model_version, ShadowAnswer.model_version.label("challenger"), func.count())
            .join(Case, Case.id == ShadowAnswer.case_id)
            .group_by(Case.model_version, ShadowAnswer.model_version)
            .order_by(func.max(ShadowAnswer.answered_at).desc())
        )
        with self._reading() as session:
            return tuple(ModelPair(*row) for row in session.execute(counting))

    def compare(self, match: ModelPair, district: Places | None = None) -> Sequence[ComparedCase]:
        """Cases of a district or of all that both have answered, the newest first and ``MAX_COMPARED`` at most."""
        asking = (
            select(Case, ShadowAnswer.outcome, ShadowAnswer.condition)
            .join(ShadowAnswer, ShadowAnswer.case_id == Case.id)
            .where(Case.model_version == match.champion_version, ShadowAnswer.model_version == match.challenger_version)
            .order_by(Case.created_at.desc())
            .limit(MAX_COMPARED)
            .options(load_only(Case.public_id, Case.created_at, Case.outcome, Case.condition, Case.keeps_photos))
            .options(selectinload(Case.reviews).load_only(Review.reviewer_id, Review.verdict, Review.condition))
        )
        with self._reading() as session:
            return [
                ComparedCase(
                    case.public_id,
                    case.created_at,
                    case.keeps_photos,
                    ModelAnswer(Outcome(case.outcome), case.condition),
                    ModelAnswer(Outcome(outcome), condition),
                    tuple(NewReview(ReviewVerdict(review.verdict), review.condition) for review in case.reviews),
                    frozenset(review.reviewer_id for review in case.reviews),
                )
                for case, outcome, condition in session.execute(within(asking, district))
            ]
