"""From a submitted case to its stored answer; shared by the API and the page."""

import logging
from dataclasses import dataclass

from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import Diagnosis
from serving.cases.admission import Admission
from serving.cases.photo_store import strip
from serving.cases.repository import CaseRepository, Submission
from serving.cases.submission import Case
from serving.persistence.case_record import CaseRecord, Origin
from serving.persistence.engine import StorageError
from serving.shadow.worker import Shadow, Task

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class OwnedCase:
    """A stored case with the token of its sender."""

    record: CaseRecord
    token: str


@dataclass(frozen=True)
class Answer:
    """A diagnosis and, unless storage is away, the case that it is stored as."""

    diagnosis: Diagnosis
    stored: OwnedCase | None


@dataclass(frozen=True)
class CaseService:
    """Diagnoses and stores cases, and offers them to the challenger; safe to share between threads."""

    diagnoser: Diagnoser
    repository: CaseRepository
    admission: Admission
    shadow: Shadow

    def answer(self, case: Case, *, origin: Origin, language: str, key: str | None, must_store: bool) -> Answer:
        """Diagnose and store a case; a ``key`` makes it idempotent.

        A farmer wants an answer and nothing else, so gets it even when nothing can be stored. A program that sends a
        key or leaves photos relies on storage, so it has to send the case again.

        Raises:
            StorageError: If the case must be stored and cannot be.
            DeletedCaseError, ReusedKeyError: If the key stands for another case.
            RequestError: ``busy``.
            CaseError, PhotoError: As :meth:`majani.decision.diagnoser.Diagnoser.examine`.
        """
        request = None if key is None else case.keyed(key)
        try:
            if request is not None and (known := self.repository.replay(request)) is not None:
                record, token = known
                return Answer(record.diagnosis, OwnedCase(record, token))
        except StorageError as error:
            if must_store:
                raise
            # Asking the database once more would only make a farmer wait longer.
            logger.warning("an answer is given but not stored: %s", error)
            with self.admission:
                return Answer(self.diagnoser.examine(case.photos, crop_hint=case.crop_hint).diagnosis, None)
        with self.admission:
            examination = self.diagnoser.examine(case.photos, crop_hint=case.crop_hint)
            photos = _photos_to_store(case, examination.diagnosis)
        try:
            record, token = self.repository.store(
                examination, Submission(origin, language, photos, case.location, request)
            )
        except StorageError as error:
            if must_store:
                raise
            logger.warning("an answer is given but not stored: %s", error)
            return Answer(examination.diagnosis, None)
        self.shadow.enqueue_after_response(Task(record.public_id, case.photos, record.diagnosis))
        return Answer(record.diagnosis, OwnedCase(record, token))


def _photos_to_store(case: Case, diagnosis: Diagnosis) -> list[bytes | None]:
    if not case.keeps_photos:
        return [None] * len(case.photos)
    results = zip(case.photos, diagnosis.photos, strict=True)
    return [None if result.error is not None else strip(photo) for photo, result in results]
