"""Answers about a kept case."""

from datetime import datetime
from typing import Any, Self

from pydantic import Field

from majani.decision.diagnosis import Diagnosis
from majani.decision.question import Question, Reply
from majani.frozen import FrozenModel
from serving.cases.diagnose import Answer
from serving.persistence.case_record import CaseRecord, FeedbackVerdict
from serving.persistence.review_record import ExpertVerdict, ExpertWord


class NewDiagnosis(Diagnosis):
    """An answer with its id and its sender's token, shown only here; both are absent while storage is away."""

    id: str | None
    token: str | None
    keeps_photos: bool
    question: Question | None

    @classmethod
    def of(cls, answer: Answer, question: Question | None) -> Self:
        """Add id, token and question."""
        stored = answer.stored
        return cls(
            **_fields(answer.diagnosis),
            id=None if stored is None else stored.record.public_id,
            token=None if stored is None else stored.token,
            keeps_photos=stored is not None and stored.record.keeps_photos,
            question=question,
        )


class FeedbackEntry(FrozenModel):
    """What the sender thought of an answer, and when they said so."""

    verdict: FeedbackVerdict
    condition: str | None
    given_at: datetime


class KeptDiagnosis(Diagnosis):
    """An answer as it was given then, with its sender's feedback if there is any."""

    id: str
    created_at: datetime
    keeps_photos: bool
    feedback: FeedbackEntry | None
    question: Question | None

    @classmethod
    def of(cls, case: CaseRecord, question: Question | None) -> Self:
        """Show a stored case, without the token. Only the sender knows the token."""
        return cls(
            **_fields(case.diagnosis),
            id=case.public_id,
            created_at=case.created_at,
            keeps_photos=case.keeps_photos,
            feedback=case.feedback and FeedbackEntry.model_validate(case.feedback, from_attributes=True),
            question=question,
        )


class NewFeedback(FrozenModel):
    """The sender's opinion of an answer, and the id of the condition that they suspect instead."""

    verdict: FeedbackVerdict
    condition: str | None = Field(default=None, max_length=64)


class NewReply(FrozenModel):
    """The sender's reply to the question about these two conditions."""

    condition: str = Field(max_length=64)
    against: str = Field(max_length=64)
    reply: Reply


class ExpertEntry(FrozenModel):
    """Whether the sender asks for an expert, and what experts say; all but ``asked`` is absent before the first."""

    asked: bool
    verdict: ExpertVerdict | None
    condition: str | None
    remark: str | None
    reviewed_at: datetime | None

    @classmethod
    def of(cls, word: ExpertWord | None, *, asked: bool) -> Self:
        """Leave out who said it."""
        if word is None:
            return cls(asked=asked, verdict=None, condition=None, remark=None, reviewed_at=None)
        return cls(asked=asked, **vars(word))


def _fields(diagnosis: Diagnosis) -> dict[str, Any]:
    return {name: getattr(diagnosis, name) for name in Diagnosis.model_fields}
