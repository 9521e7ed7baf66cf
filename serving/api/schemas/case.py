"""Answers about a kept case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, field_validator
from sqlalchemy import Row

from majani.decision.diagnosis import Diagnosis, Named, OneOf, PhotoResult
from majani.decision.practice import Helping, View
from majani.decision.question import Question, Reply
from majani.decision.rules import Outcome
from majani.frozen import FrozenModel
from majani.text.advice import Adviser
from majani.text.language import ENGLISH, Language
from serving.cases.diagnose import Answer
from serving.persistence.case_record import FeedbackVerdict, photo_id
from serving.persistence.models import PUBLIC_ID_LENGTH, Case
from serving.persistence.review_record import ExpertVerdict, ExpertWord
from serving.visits.visit import Period


class NamedEntry(Named):
    """A condition by its name in the reader's language, and the EPPO code of its cause where that is known."""

    eppo: str | None


class OneOfEntry(OneOf):
    """Conditions one of which it is, by their names in the reader's language."""

    conditions: tuple[NamedEntry, ...]


class HelpingEntry(Helping):
    """Something that helps whichever of the conditions it is, in the reader's language."""

    text: str


class ViewEntry(FrozenModel):
    """A photo that would tell more, in the reader's language."""

    id: View
    text: str


class PhotoEntry(PhotoResult):
    """What a photo was good for, and its id; absent while storage is away."""

    id: str | None


@dataclass(frozen=True)
class Naming:
    """Names of one language. In English a condition keeps the name that the bundle gave it."""

    adviser: Adviser
    language: Language
    is_worker: bool = False

    def entry(self, named: Named) -> NamedEntry:
        """The condition as it is shown; of another bundle, it may have no name here."""
        names, fields = self.language.names, dict(named)
        if self.language.tag != ENGLISH and named.id in names.conditions and named.crop in names.crops:
            fields |= {"name": names.conditions[named.id].name, "crop_name": names.crops[named.crop].name}
        eppo = next((known.eppo for known in self.adviser.taxonomy.conditions if known.id == named.id), None)
        return NamedEntry(**fields, eppo=eppo)

    def set_entry(self, one_of: OneOf) -> OneOfEntry:
        """The conditions of a set as they are shown."""
        return OneOfEntry(**dict(one_of) | {"conditions": tuple(map(self.entry, one_of.conditions))})


class ShownDiagnosis(Diagnosis):
    """An answer in the reader's language; ``office_knows`` says that something is for extension workers alone."""

    for_workers: NamedEntry | None
    office_knows: bool
    condition: NamedEntry | None
    one_of: OneOfEntry | None
    candidates: tuple[NamedEntry, ...]
    photos: tuple[PhotoEntry, ...]
    practices: tuple[HelpingEntry, ...]
    urgent: bool
    views: tuple[ViewEntry, ...]


class NewDiagnosis(ShownDiagnosis):
    """An answer with its id and its sender's token, shown only here; both are absent while storage is away."""

    id: str | None
    token: str | None
    keeps_photos: bool
    question: Question | None

    @classmethod
    def of(cls, answer: Answer, question: Question | None, naming: Naming) -> Self:
        """Add id, token and question."""
        stored = answer.stored
        return cls(
            **_fields(answer.diagnosis, None if stored is None else stored.public_id, naming),
            id=None if stored is None else stored.public_id,
            token=answer.token,
            keeps_photos=stored is not None and stored.keeps_photos,
            question=question,
        )


class FeedbackEntry(FrozenModel):
    """What the sender thought of an answer, and when they said so."""

    verdict: FeedbackVerdict
    condition: str | None
    given_at: datetime


class KeptDiagnosis(ShownDiagnosis):
    """An answer as it was given then, with its sender's feedback if there is any."""

    id: str
    created_at: datetime
    keeps_photos: bool
    feedback: FeedbackEntry | None
    question: Question | None

    @classmethod
    def of(cls, case: Case, question: Question | None, naming: Naming) -> Self:
        """Show a stored case, without the token. Only the sender knows the token."""
        return cls(
            **_fields(case.diagnosis, case.public_id, naming),
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


class NewFollowUp(FrozenModel):
    """What the sender says some days later, and the id of the case in which they photographed the same leaf again."""

    done: Literal["yes", "partly", "no"]
    state: Literal["better", "same", "worse", "gone"]
    later: str | None = Field(default=None, pattern=f"^[A-Za-z0-9_-]{{{PUBLIC_ID_LENGTH}}}$")


class NewReply(FrozenModel):
    """The sender's reply to the question about these two conditions."""

    condition: str = Field(max_length=64)
    against: str = Field(max_length=64)
    reply: Reply


class ExpertReply(FrozenModel):
    """The sender's reply to what an expert asks: the id of a remark that is a question."""

    question: str = Field(max_length=64)
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


class CasePage(BaseModel):
    """Which of its cases a program asks for: those before the last one that it knows."""

    before: tuple[Period, Annotated[str, Field(pattern=f"^[A-Za-z0-9_-]{{{PUBLIC_ID_LENGTH}}}$")]] | None = None

    @field_validator("before", mode="before")
    @classmethod
    def _split(cls, before: str) -> list[str]:
        return before.split("_", 1)


class CaseEntry(FrozenModel):
    """One case of a program."""

    id: str
    created_at: datetime
    outcome: Outcome
    condition: str | None
    photos: tuple[str, ...]


class CaseList(FrozenModel):
    """Cases of a program, newest first; with ``next`` as ``before`` come older ones, and without it there are none."""

    diagnoses: tuple[CaseEntry, ...]
    next: str | None

    @classmethod
    def of(cls, cases: Sequence[Row[Any]], *, more: bool) -> Self:
        """Name the last one, if there are more."""
        entries = tuple(
            CaseEntry(
                id=case.public_id,
                created_at=case.created_at,
                outcome=Outcome(case.outcome),
                condition=case.condition,
                photos=tuple(photo_id(case.public_id, position) for position in range(case.photos)),
            )
            for case in cases
        )
        last = entries[-1] if more else None
        return cls(diagnoses=entries, next=last and f"{last.created_at:%Y-%m-%dT%H:%M:%S.%fZ}_{last.id}")


def _fields(diagnosis: Diagnosis, case_id: str | None, naming: Naming) -> dict[str, Any]:
    fields = {name: getattr(diagnosis, name) for name in Diagnosis.model_fields}
    said, plan = naming.language, naming.adviser.plan_on(diagnosis)
    ids = (case_id and photo_id(case_id, position) for position in range(len(diagnosis.photos)))
    return fields | {
        "for_workers": diagnosis.for_workers and naming.entry(diagnosis.for_workers) if naming.is_worker else None,
        "office_knows": diagnosis.for_workers is not None,
        "condition": diagnosis.condition and naming.entry(diagnosis.condition),
        "one_of": diagnosis.one_of and naming.set_entry(diagnosis.one_of),
        "candidates": tuple(map(naming.entry, diagnosis.candidates)),
        "photos": tuple(PhotoEntry(**dict(photo), id=own) for photo, own in zip(diagnosis.photos, ids, strict=True)),
        "practices": tuple(HelpingEntry(**dict(one), text=said.practices[one.id]) for one in plan.practices),
        "urgent": plan.urgent,
        "views": tuple(ViewEntry(id=view, text=said.views[view]) for view in plan.views),
    }
