"""From a case to its kept answer; shared by the API and the page."""

import logging
from dataclasses import dataclass

from majani.decision.diagnosis import Diagnosis
from serving.cases.photo_store import strip
from serving.cases.repository import Submission
from serving.cases.submission import Case
from serving.container import Services
from serving.persistence.case_record import KeptCase, Origin
from serving.persistence.failure import StorageError
from serving.shadow.worker import Task

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kept:
    """A case in the archive, with the token of its sender."""

    case: KeptCase
    token: str


@dataclass(frozen=True)
class Answer:
    """A diagnosis and, unless storage is away, the case that it is kept as."""

    diagnosis: Diagnosis
    kept: Kept | None


def answer(
    case: Case, services: Services, *, origin: Origin, language: str, key: str | None, insists_on_keeping: bool
) -> Answer:
    """Diagnose and keep a case.

    A farmer wants an answer and nothing else, so gets it even when nothing can be stored. A program that sends a key or
    leaves photos counts on them being kept, so has to send them again.

    Args:
        case: As sent.
        services: Diagnoser, archive, turnstile.
        origin: How it came in.
        language: Tag of the sender's language.
        key: Idempotency key, if there is one.
        insists_on_keeping: Whether no answer is better than one that is not kept.

    Raises:
        StorageError: If the sender insists on keeping, and that cannot be.
        DeletedCaseError, ReusedKeyError: If the key stands for another case.
        RequestError: ``busy``.
        CaseError, PhotoError: As :meth:`majani.decision.diagnoser.Diagnoser.examine`.
    """
    request = None if key is None else case.keyed(key)
    try:
        if request is not None and (known := services.archive.replay(request)) is not None:
            return Answer(known[0].diagnosis, Kept(*known))
    except StorageError as error:
        if insists_on_keeping:
            raise
        # Asking for it once more would only make a farmer wait longer.
        logger.warning("an answer is given but not kept: %s", error)
        with services.turnstile:
            return Answer(services.diagnoser.examine(case.photos, crop_hint=case.crop_hint).diagnosis, None)
    with services.turnstile:
        examination = services.diagnoser.examine(case.photos, crop_hint=case.crop_hint)
        photos = _to_keep(case, examination.diagnosis)
    try:
        kept = services.archive.keep(examination, Submission(origin, language, photos, case.location, request))
    except StorageError as error:
        if insists_on_keeping:
            raise
        logger.warning("an answer is given but not kept: %s", error)
        return Answer(examination.diagnosis, None)
    services.shadow.offer(Task(kept[0].public_id, case.photos, kept[0].diagnosis))
    return Answer(kept[0].diagnosis, Kept(*kept))


def _to_keep(case: Case, diagnosis: Diagnosis) -> list[bytes | None]:
    if not case.keeps_photos:
        return [None] * len(case.photos)
    results = zip(case.photos, diagnosis.photos, strict=True)
    return [None if result.error is not None else strip(photo) for photo, result in results]
