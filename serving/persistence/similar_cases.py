"""Updates the review priority of waiting cases: those that look like corrected cases move up.

Bounded in what it reads, so that a click at the desk stays quick however many cases there are.
"""

from collections.abc import Callable, Sequence

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from majani.model.predictor import Floats
from majani.review.similar_cases import ReviewedPhotos, similarity_to_corrected
from serving.persistence.models import Case, Photo, Review, read_embedding
from serving.persistence.repository import Repository
from serving.persistence.review_record import UNDECIDED

# Newest first. Together 8 MB of features, and a fraction of a second on one core.
_REVIEWED_PHOTOS, _WAITING_PHOTOS = 1000, 2000
# A smaller change hardly matters for the order.
_NOTICED = 0.02


class SimilarCases(Repository):
    """Likeness between cases that wait and cases that were reviewed."""

    def update(self, model_version: str, rarity: Callable[[str], float]) -> int:
        """Update the running model's cases without reviews, by the rarity of labels; returns the number of changes."""
        with self._reading() as session:
            reviewed = _reviewed(session, model_version)
            waiting = _waiting(session, model_version)
        if not waiting:
            return 0
        strengths = similarity_to_corrected(np.stack([photo for _, photo, _ in waiting]), reviewed, rarity=rarity)
        before = {case: kinship for case, _, kinship in waiting}
        now = dict.fromkeys(before, 0.0)
        for (case, _, _), strength in zip(waiting, strengths, strict=True):
            now[case] = max(now[case], float(strength))
        return self._write({case: now[case] for case in now if abs(now[case] - before[case]) >= _NOTICED})

    def _write(self, similarities: dict[int, float]) -> int:
        changed = 0
        with self._writing() as session:
            # Lock the rows in a fixed order. Otherwise two transactions could wait for each other for ever.
            rows = select(Case).where(Case.id.in_(similarities)).order_by(Case.id).with_for_update()
            for row in session.scalars(rows):
                # Read again, because a farmer may have given feedback meanwhile.
                changed += row.weigh(kinship=similarities[row.id])
        return changed


def _reviewed(session: Session, model_version: str) -> ReviewedPhotos:
    """Photos of cases that all reviewers give one label."""
    label = func.coalesce(Review.condition, Review.verdict)
    agreed = (
        select(Review.case_id, func.max(label).label("label"), func.max(Review.id).label("latest"))
        .where(Review.verdict.not_in([verdict.value for verdict in UNDECIDED]))
        .group_by(Review.case_id)
        .having(func.min(label) == func.max(label))
        .subquery()
    )
    asking = (
        select(Photo.embedding, agreed.c.label, Photo.likeliest)
        .join(agreed, agreed.c.case_id == Photo.case_id)
        .join(Case, Case.id == Photo.case_id)
        .where(Case.keeps_photos, Case.model_version == model_version)
        .where(Photo.embedding.is_not(None), Photo.likeliest.is_not(None))
        .order_by(agreed.c.latest.desc(), Photo.position)
        .limit(_REVIEWED_PHOTOS)
    )
    rows = session.execute(asking).all()
    embeddings = [read_embedding(stored) for stored, _, _ in rows]
    return ReviewedPhotos(
        np.stack(embeddings) if embeddings else np.zeros((0, 1), dtype=np.float32),
        [str(label) for _, label, _ in rows],
        [str(likeliest) for _, _, likeliest in rows],
    )


def _waiting(session: Session, model_version: str) -> Sequence[tuple[int, Floats, float]]:
    """Photos of cases without reviews: number of the case, embedding, and the case's stored similarity."""
    asking = (
        select(Photo.case_id, Photo.embedding, Case.signals)
        .join(Case, Case.id == Photo.case_id)
        .outerjoin(Review, Review.case_id == Case.id)
        .where(Case.keeps_photos, Case.model_version == model_version, Review.id.is_(None))
        .where(Photo.embedding.is_not(None))
        .order_by(Case.id.desc(), Photo.position)
        .limit(_WAITING_PHOTOS)
    )
    return [
        (case_id, read_embedding(stored), float((signals or {}).get("kinship", 0.0)))
        for case_id, stored, signals in session.execute(asking)
        if stored is not None
    ]
