"""A model's first cases and its latest, as far as they can be compared; no photo and no person is in them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, load_only, selectinload

from majani.decision.rules import Outcome
from serving.clock import now
from serving.persistence.case_record import FeedbackVerdict
from serving.persistence.models import Case, Feedback, Photo, Review
from serving.persistence.repository import read_session
from serving.persistence.review_record import ModelAnswer, NewReview, ReviewVerdict

# Cases from each window: enough for a steady index, and quick to read.
SAMPLE_CASES = 500


@dataclass(frozen=True)
class PhotoMeasures:
    """A photo as :class:`majani.image.quality.Quality` has it; an older release stored only the size."""

    side_px: int
    luminance: float | None
    sharpness: float | None


@dataclass(frozen=True)
class ObservedCase:
    """A case with the opinions of its sender and its reviewers; None where nothing is named or known."""

    answer: ModelAnswer
    probability: float | None
    novelty: float | None
    photos: tuple[PhotoMeasures, ...]
    feedback: FeedbackVerdict | None
    opinions: tuple[NewReview, ...]


@dataclass(frozen=True)
class Samples:
    """One model's cases.

    Attributes:
        first, latest: No case is in both; what is too few for two is all in the first. If the model is older than cases
            without photos become, only those with photos are in either: the first are no others any more.
        began_at: Moment of the first case that is still kept.
    """

    model_version: str
    cases: int
    began_at: datetime
    first: tuple[ObservedCase, ...]
    latest: tuple[ObservedCase, ...]

    @property
    def recent(self) -> tuple[ObservedCase, ...]:
        """The latest cases, whether or not they are among the first."""
        return (*self.first, *self.latest)[-SAMPLE_CASES:]


def read_samples(engine: Engine, *, versions: int, retention: timedelta, running: str = "") -> tuple[Samples, ...]:
    """Read the samples of the models that answered last, latest first; cases without photos live for ``retention``."""
    listing = (
        select(Case.model_version, func.count(), func.min(Case.created_at))
        .group_by(Case.model_version)
        .order_by(Case.model_version != running, func.max(Case.created_at).desc())
        .limit(versions)
    )
    # The daily job may be about to delete what is that old.
    whole_since = now() - retention + timedelta(days=1)
    with read_session(engine) as session:
        return tuple(_of_version(session, *row, whole_since) for row in session.execute(listing).all())


def _of_version(session: Session, version: str, cases: int, began_at: datetime, whole_since: datetime) -> Samples:
    own = select(Case.id).where(Case.model_version == version)
    if began_at < whole_since:
        own = own.where(Case.keeps_photos)
    first = session.scalars(own.order_by(Case.created_at, Case.id).limit(SAMPLE_CASES)).all()
    latest = session.scalars(own.order_by(Case.created_at.desc(), Case.id.desc()).limit(SAMPLE_CASES)).all()
    others = set(latest) - set(first)
    return Samples(version, cases, began_at, _observed_cases(session, first), _observed_cases(session, others))


def _observed_cases(session: Session, numbers: Collection[int]) -> tuple[ObservedCase, ...]:
    # No more than is needed: the answers and embeddings of a thousand cases are many megabytes.
    asking = (
        select(Case)
        .where(Case.id.in_(numbers))
        .order_by(Case.created_at, Case.id)
        .options(
            load_only(Case.outcome, Case.condition, Case.probability, Case.signals),
            selectinload(Case.photos).load_only(Photo.width_px, Photo.height_px, Photo.luminance, Photo.sharpness),
            selectinload(Case.feedback).load_only(Feedback.verdict),
            selectinload(Case.reviews).load_only(Review.verdict, Review.condition),
        )
    )
    return tuple(
        ObservedCase(
            ModelAnswer(Outcome(case.outcome), case.condition),
            case.probability,
            # An earlier release wrote 0 where it did not know.
            (case.signals or {}).get("novelty") or None,
            tuple(
                PhotoMeasures(min(photo.width_px, photo.height_px), photo.luminance, photo.sharpness)
                for photo in case.photos
                # One that could not be read has no size.
                if photo.width_px
            ),
            None if case.feedback is None else FeedbackVerdict(case.feedback.verdict),
            tuple(NewReview(ReviewVerdict(review.verdict), review.condition) for review in case.reviews),
        )
        for case in session.scalars(asking)
    )
