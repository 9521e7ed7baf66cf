"""After a correction, similar cases move up in the review queue."""

import logging

from majani.review.priority import rarity
from serving.container import services
from serving.persistence.cases import UnknownCaseError
from serving.persistence.engine import StorageError
from serving.persistence.review_record import UNDECIDED
from serving.persistence.similar_cases import SimilarCases

logger = logging.getLogger(__name__)


def raise_similar_cases(case_id: str, *labels: str | None) -> None:
    """Update waiting cases if a label of this review or the replaced one contradicts the model; only log failures."""
    decided = set(labels) - {None} - {verdict.value for verdict in UNDECIDED}
    if not decided:
        return
    try:
        case = services().repository.cases.find(case_id)
        seen = {photo.likeliest for photo in case.photos} - {None}
        if seen and any(seen != {label} for label in decided):
            version = services().diagnoser.manifest.version
            changed = SimilarCases(services().engine).update(version, _rarity)
            logger.debug("%d waiting cases look like what reviewers corrected", changed)
    # Deleted meanwhile, or the database is away.
    except (UnknownCaseError, StorageError):
        logger.warning("waiting cases are not weighed again until the next correction")


def _rarity(label: str) -> float:
    """Return how rare photos of a label are in training. Without known photos, only unknown labels are rare."""
    if label not in {entry.id for entry in services().diagnoser.manifest.classes}:
        return rarity(0)
    references = services().references
    return 0.0 if references is None else rarity(references.learned(label))
