"""From a submitted case to its stored answer; shared by the API and the page."""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Protocol

from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import Diagnosis, Examination
from majani.decision.question import Question, Reply, answer_question
from majani.decision.rules import Outcome
from majani.image.decode import Pixels, decode
from majani.taxonomy import NOT_A_PLANT
from serving.cases.admission import Admission
from serving.cases.photo_store import decode_and_strip
from serving.cases.repository import CaseRepository, OwnedCase
from serving.cases.submission import Case
from serving.http.errors import RequestCode, RequestError
from serving.persistence.case_record import CaseRecord, Origin, Submission
from serving.persistence.engine import StorageError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """A diagnosis and, unless storage is away, the case that it is stored as."""

    diagnosis: Diagnosis
    stored: OwnedCase | None
    is_replayed: bool = False


class Districts(Protocol):
    """As :class:`serving.teach.districts.Districts`."""

    def find(self, district: str | None) -> Diagnoser | None:
        """What answers in a district; None where that is the running bundle."""


@dataclass(frozen=True)
class CaseService:
    """Diagnoses and stores cases; safe to share between threads. ``question_on`` and ``crops`` are the adviser's."""

    diagnoser: Diagnoser
    repository: CaseRepository
    admission: Admission
    question_on: Callable[[Diagnosis], Question | None]
    crops: Collection[str]
    districts: Districts

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
                return Answer(known.record.diagnosis, known, is_replayed=True)
            # A program hears so before its photos are looked at, which others wait for.
            self.repository.check_room(keeps_photos=case.keeps_photos)
        except StorageError as error:
            if must_store:
                raise
            # Asking the database once more would only make a farmer wait longer.
            logger.warning("an answer is given but not stored: %s", error)
            with self.admission.slot(case.sender, case.work):
                return Answer(self._look(case).diagnosis, None)
        with self.admission.slot(case.sender, case.work):
            examination, photos = self._examine(case)
        try:
            submission = Submission(
                origin,
                language,
                photos,
                location=case.location,
                request=request,
                sender_hash=case.sender_hash,
                client_id=case.client_id,
            )
            stored = self.repository.store(examination, submission)
        except StorageError as error:
            if must_store:
                raise
            logger.warning("an answer is given but not stored: %s", error)
            return Answer(examination.diagnosis, None)
        return Answer(stored.record.diagnosis, stored)

    def question_of(self, diagnosis: Diagnosis, case: CaseRecord | None) -> Question | None:
        """The question that the sender of a stored case has replied to, else the one to ask; None if there is none."""
        return (case and case.question) or self.question_on(diagnosis)

    def give_reply(self, case: CaseRecord, reply: Reply, about: tuple[str, str]) -> Question:
        """Keep the reply of a case's sender in place of an earlier one; ``not_found`` if the case has no such question.

        ``about`` are the two conditions of the question that they were asked; with other texts it may be another now.
        """
        question = self.question_of(case.diagnosis, case)
        if question is None or about != (question.condition, question.against):
            raise RequestError(RequestCode.NOT_FOUND, "this answer has no such question")
        replied = answer_question(case.diagnosis, question, reply)
        self.repository.cases.keep_question(case.public_id, replied)
        return replied

    def _look(self, case: Case, decode: Callable[[bytes], Pixels] = decode) -> Examination:
        """Ask the district's bundle, or that of everybody; of a crop that it has not learned, nothing is said."""
        by = self.districts.find(case.district) or self.diagnoser
        if any(crop.id == case.crop_hint for crop in by.manifest.crops) or case.crop_hint is None:
            return by.examine(case.photos, crop_hint=case.crop_hint, decode=decode)
        is_text = case.crop_hint in self.crops
        # A crop without texts is refused, unless the district's bundle knew it and is gone.
        asked = None if is_text or case.district is not None else case.crop_hint
        examination = by.examine(case.photos, crop_hint=asked, decode=decode)
        if not is_text or (seen := examination.diagnosis).outcome in (Outcome.RETAKE, Outcome.NOT_A_PLANT):
            return examination
        told = {"photos": seen.photos, "model_version": seen.model_version, "district": seen.district}
        unknown = Diagnosis(outcome=Outcome.UNKNOWN_PLANT, crop_hint=case.crop_hint, **told)
        return replace(examination, diagnosis=unknown)

    def _examine(self, case: Case) -> tuple[Examination, list[bytes | None]]:
        """Diagnose a case and write its photos for storage, if its sender allows that, from the same decoding."""
        if not case.keeps_photos:
            return self._look(case), [None] * len(case.photos)
        # By where the same photo comes first, because it is decoded once.
        stripped: dict[int, bytes] = {}

        def decode_once(data: bytes) -> Pixels:
            pixels, stripped[case.photos.index(data)] = decode_and_strip(data)
            return pixels

        examination = self._look(case, decode_once)
        # Consent is to leaves: who took the photo of a child by mistake has not meant that.
        has_leaf = [photo.shows != NOT_A_PLANT for photo in examination.diagnosis.photos]
        if examination.diagnosis.outcome is Outcome.NOT_A_PLANT:
            has_leaf = [False] * len(has_leaf)
        firsts = [case.photos.index(data) for data in case.photos]
        return examination, [stripped.get(at) if seen else None for at, seen in zip(firsts, has_leaf, strict=True)]
