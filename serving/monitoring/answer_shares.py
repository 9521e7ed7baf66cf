"""What experts and senders say of a model's latest answers, and how many it answered; no photo, no person, no page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, load_only, selectinload

from majani.decision.rules import Outcome
from serving.monitoring.proportion import Share
from serving.persistence.case_record import FeedbackVerdict
from serving.persistence.models import Case, Feedback, Review
from serving.persistence.repository import read_session
from serving.persistence.review_record import UNDECIDED

# These outcomes claim nothing, so they are neither right nor wrong.
_ABSTENTIONS = frozenset({Outcome.UNCERTAIN, Outcome.RETAKE})
# Of each model: enough for a share, and quick to read.
LATEST_CASES = 500


class Rate(StrEnum):
    """What is counted.

    ``experts``: of reviewed cases in which the model claimed something, those in which experts agree with it.
    ``senders``: of cases that their senders called right or wrong, those called right.
    ``answered``: of all cases, those in which a condition or health was named.
    """

    EXPERTS = "experts"
    SENDERS = "senders"
    ANSWERED = "answered"


@dataclass(frozen=True)
class ModelShares:
    """One model's cases that are kept: how many, since when, and the shares of the latest of them."""

    model_version: str
    cases: int
    began_at: datetime
    shares: Mapping[Rate, Share]


def read_shares(engine: Engine, *, versions: int, running: str = "") -> tuple[ModelShares, ...]:
    """Read those of the models that answered last, the running one first."""
    listing = (
        select(Case.model_version, func.count(), func.min(Case.created_at))
        .group_by(Case.model_version)
        .order_by(Case.model_version != running, func.max(Case.created_at).desc())
        .limit(versions)
    )
    with read_session(engine) as session:
        return tuple(
            ModelShares(version, cases, began_at, _shares(_latest(session, version)))
            for version, cases, began_at in session.execute(listing).all()
        )


def _latest(session: Session, version: str) -> Sequence[Case]:
    asking = (
        select(Case)
        .where(Case.model_version == version)
        .order_by(Case.created_at.desc(), Case.id.desc())
        .limit(LATEST_CASES)
        .options(
            # No more than is needed: the answers and embeddings of hundreds of cases are many megabytes.
            load_only(Case.outcome, Case.condition),
            selectinload(Case.feedback).load_only(Feedback.verdict),
            selectinload(Case.reviews).load_only(Review.verdict, Review.condition),
        )
    )
    return session.scalars(asking).all()


def _shares(cases: Sequence[Case]) -> Mapping[Rate, Share]:
    judged = [is_right(case.outcome, case.condition, [one.label for one in case.reviews]) for case in cases]
    said = [case.feedback.verdict for case in cases if case.feedback is not None]
    return {
        Rate.EXPERTS: _of_two(judged.count(True), judged.count(False)),
        Rate.SENDERS: _of_two(said.count(FeedbackVerdict.RIGHT), said.count(FeedbackVerdict.WRONG)),
        Rate.ANSWERED: Share(sum(case.condition is not None for case in cases), len(cases)),
    }


def is_right(outcome: str, condition: str | None, labels: Collection[str]) -> bool | None:
    """Whether an answer is what all experts call it; None if it claims nothing, or they disagree or cannot tell."""
    truths = set(labels)
    if len(truths) != 1 or truths & UNDECIDED or outcome in _ABSTENTIONS:
        return None
    # No condition's id is an outcome.
    return bool(truths & {outcome, condition})


def _of_two(right: int, wrong: int) -> Share:
    return Share(right, right + wrong)
