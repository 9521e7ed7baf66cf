"""From a submitted case to its stored answer; shared by the API and the page."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from majani.decision.diagnosis import Diagnosis
from majani.decision.question import Question, Reply, answer_question
from serving.cases.intake import Intake
from serving.cases.repository import CaseRepository
from serving.cases.submission import Submission
from serving.http.errors import RequestCode, RequestError
from serving.persistence.case_record import KeyedRequest, Origin
from serving.persistence.engine import StorageError
from serving.persistence.models import Case

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """A diagnosis and, unless storage is away, the case that it is stored as, with its sender's token."""

    diagnosis: Diagnosis
    stored: Case | None = None
    token: str | None = None
    is_replayed: bool = False


@dataclass(frozen=True)
class CaseService:
    """Diagnoses and stores cases; safe to share between threads. ``question_on`` is the adviser's."""

    intake: Intake
    repository: CaseRepository
    question_on: Callable[[Diagnosis], Question | None]

    def answer(self, case: Submission, *, origin: Origin, language: str, key: str | None, must_store: bool) -> Answer:
        """Diagnose and store a case; a ``key`` makes it idempotent.

        A farmer wants an answer and nothing else, so gets it even when nothing can be stored. A program that sends a
        key or leaves photos relies on storage, so it has to send the case again.

        Raises:
            StorageError: If the case must be stored and cannot be.
            DeletedCaseError, ReusedKeyError: If the key stands for another case.
            RequestError: ``busy``.
            CaseError, PhotoError: As :meth:`majani.decision.diagnoser.Diagnoser.examine`.
        """
        request = None if key is None else KeyedRequest(key, case.content_hash)
        examination = None
        try:
            if request is not None and (known := self.repository.replay(request)) is not None:
                return Answer(known[0].diagnosis, *known, is_replayed=True)
            # A program hears so before its photos are looked at, which others wait for.
            self.repository.check_room(keeps_photos=case.keeps_photos)
            examination, photos = self.intake.examine(case)
            stored, token = self.repository.store(
                examination,
                photos,
                request,
                origin=origin.value,
                language=language,
                location=case.location,
                sender_hash=case.sender_hash,
                alias_hash=case.alias_hash,
                client_id=case.client_id,
            )
        except StorageError as error:
            if must_store:
                raise
            logger.warning("an answer is given but not stored: %s", error)
            # Asking the database once more would only make a farmer wait longer.
            return Answer((examination or self.intake.examine(case)[0]).diagnosis)
        return Answer(stored.diagnosis, stored, token)

    def question_of(self, diagnosis: Diagnosis, case: Case | None) -> Question | None:
        """The question that the sender of a stored case has replied to, else the one to ask; None if there is none."""
        return (case and case.replied) or self.question_on(diagnosis)

    def give_reply(self, case: Case, reply: Reply, about: tuple[str, str]) -> Question:
        """Keep the reply of a case's sender in place of an earlier one; ``not_found`` if the case has no such question.

        ``about`` are the two conditions of the question that they were asked; with other texts it may be another now.
        """
        question = self.question_of(case.diagnosis, case)
        if question is None or about != (question.condition, question.against):
            raise RequestError(RequestCode.NOT_FOUND, "this answer has no such question")
        replied = answer_question(case.diagnosis, question, reply)
        self.repository.cases.keep_question(case.public_id, replied)
        return replied
