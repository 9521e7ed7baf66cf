"""Answers about a kept case."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from majani.decision.diagnosis import Diagnosis
from serving.cases.diagnose import Answer
from serving.persistence.case_record import CaseRecord, FeedbackRecord, FeedbackVerdict


class NewDiagnosis(Diagnosis):
    """An answer with what its sender needs to come back to it.

    Attributes:
        id: Absent only while storage is away; the answer is as good, but nobody can come back to it.
        token: Lets its bearer read, delete and judge this answer. It is shown here and nowhere else.
        keeps_photos: Whether the photos are kept, which needs `consent=photos`.
    """

    id: str | None
    token: str | None
    keeps_photos: bool

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Add id and token."""
        stored = answer.stored
        return cls(
            **_fields(answer.diagnosis),
            id=None if stored is None else stored.record.public_id,
            token=None if stored is None else stored.token,
            keeps_photos=stored is not None and stored.record.keeps_photos,
        )


class FeedbackEntry(BaseModel):
    """What the sender thought of an answer, and when they said so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: FeedbackVerdict
    condition: str | None
    given_at: datetime

    @classmethod
    def of(cls, feedback: FeedbackRecord) -> Self:
        """Show what is kept."""
        return cls(verdict=feedback.verdict, condition=feedback.condition, given_at=feedback.given_at)


class KeptDiagnosis(Diagnosis):
    """An answer as it was given then.

    Attributes:
        feedback: Absent until the sender gives some.
    """

    id: str
    created_at: datetime
    keeps_photos: bool
    feedback: FeedbackEntry | None

    @classmethod
    def of(cls, case: CaseRecord) -> Self:
        """Show what is kept, without the token, which nobody knows but the sender."""
        return cls(
            **_fields(case.diagnosis),
            id=case.public_id,
            created_at=case.created_at,
            keeps_photos=case.keeps_photos,
            feedback=None if case.feedback is None else FeedbackEntry.of(case.feedback),
        )


class NewFeedback(BaseModel):
    """What somebody thinks of the answer they got.

    Attributes:
        condition: Id of what they take it for instead, if they know.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: FeedbackVerdict
    condition: str | None = Field(default=None, max_length=64)


def _fields(diagnosis: Diagnosis) -> dict[str, Any]:
    return {name: getattr(diagnosis, name) for name in Diagnosis.model_fields}
