"""Answers about a kept case, and what their senders say; one file, because they share the parts at its beginning."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self, TypeVar

from flask import url_for
from pydantic import BaseModel, Field, field_validator
from sqlalchemy import Row

from majani.decision.diagnosis import Diagnosis, LikelyCrop, Named, PhotoResult
from majani.decision.grades import Grade
from majani.decision.practice import Helping, View
from majani.decision.question import Question, Reply, with_reply
from majani.decision.rules import Outcome, Why
from majani.frozen import FrozenModel
from majani.model.bundle import NamedId
from majani.text.advice import Adviser
from majani.text.language import ENGLISH
from serving.api.schemas import older
from serving.cases.diagnose import Answer
from serving.i18n.answer_words import AnswerWords
from serving.i18n.messages import REPLIES
from serving.i18n.phrasing import Wording
from serving.persistence.case_record import FeedbackVerdict, photo_id
from serving.persistence.models import PUBLIC_ID_LENGTH, Case
from serving.persistence.review_record import ExpertVerdict, ExpertWord
from serving.visits.visit import Period

_Known = TypeVar("_Known", bound=NamedId)


class NamedEntry(Named):
    """A condition by its name in the reader's language, and the EPPO code of its cause where that is known."""

    eppo: str | None


class Display(FrozenModel):
    """An answer in the reader's language, as a screen shows it from the top.

    ``title`` can stand alone, ``lines`` say more, ``steps`` what to do today; caution and how sure it is are absent
    where nothing is to be said.
    """

    title: str
    lines: tuple[str, ...]
    steps: tuple[str, ...]
    caution: str | None
    sure: str | None


class QuestionEntry(Question):
    """A question with its words and those of its replies; the text is absent where the language has none."""

    text: str | None
    replies: dict[Reply, str]


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
    """Words and names of one language; ``crops`` are those that the model knows.

    In English a condition keeps the name that the bundle gave it.
    """

    adviser: Adviser
    wording: Wording
    crops: Sequence[NamedId]

    def entry(self, named: Named) -> NamedEntry:
        """The condition as it is shown; of another bundle, it may have no name here."""
        names, fields = self.wording.language.names, dict(named)
        if self.wording.language.tag != ENGLISH and named.id in names.conditions and named.crop in names.crops:
            fields |= {"name": names.conditions[named.id].name, "crop_name": names.crops[named.crop].name}
        eppo = next((known.eppo for known in self.adviser.taxonomy.conditions if known.id == named.id), None)
        return NamedEntry(**fields, eppo=eppo)

    def fields(self, diagnosis: Diagnosis, case_id: str | None, question: Question | None) -> dict[str, Any]:
        """All that is shown of an answer, as the sender's reply to the question leaves it."""
        said = diagnosis if question is None else with_reply(diagnosis, question)
        words, named = AnswerWords(said, self.wording, self.adviser), said.condition
        texts, together, confidence = self.wording.language, older.said_together(said), older.confidence(said)
        ids = (case_id and photo_id(case_id, position) for position in range(len(said.photos)))
        ranked = tuple(map(self.entry, said.ranked))
        return {name: getattr(said, name) for name in Diagnosis.model_fields} | {
            "crop": said.crop and self._named(said.crop),
            "ranked": ranked,
            "other_troubles": tuple(map(self._named, said.other_troubles)),
            "crops": tuple(map(self._named, said.crops)),
            "photos": tuple(PhotoEntry(**dict(photo), id=own) for photo, own in zip(said.photos, ids, strict=True)),
            "display": Display(
                title=words.title,
                lines=words.lines(self.crops),
                steps=words.steps,
                caution=words.caution or None,
                sure=words.sure or None,
            ),
            "advice_url": url_for("texts.show_advice", condition_id=named.id, language=texts.tag)
            if named is not None and named.id in texts.advice
            else None,
            "question": question and self.question(question),
            "practices": tuple(HelpingEntry(**dict(one), text=texts.practices[one.id]) for one in words.plan.practices),
            "urgent": words.plan.urgent,
            "views": tuple(ViewEntry(id=view, text=texts.views[view]) for view in words.plan.views),
            "condition": ranked[0] if named else None,
            "candidates": ranked[: older.CANDIDATES],
            "coarse": older.coarse(said),
            "one_of": {
                "conditions": ranked[: len(together)],
                "blind_spots": said.other_troubles,
                "confidence": confidence,
            }
            if together
            else None,
            "confidence": None if together else confidence,
        }

    def question(self, question: Question) -> QuestionEntry:
        """The question with its words."""
        replies = {reply: self.wording.say(word) for reply, word in REPLIES.items()}
        return QuestionEntry(**dict(question), text=self.adviser.ask(question, self.wording.language), replies=replies)

    def _named(self, known: _Known) -> _Known:
        name = known.name if self.wording.language.tag == ENGLISH else self.wording.name(known.id, known.name)
        return known.model_copy(update={"name": name})


class ShownDiagnosis(FrozenModel):
    """An answer in the reader's language, with the fields of :class:`majani.decision.diagnosis.Diagnosis`.

    All from ``condition`` on is for clients of 0.1 to 0.3: see :mod:`serving.api.schemas.older`.
    """

    outcome: Outcome
    grade: Grade | None
    why: Why | None
    probability: float | None
    crop: NamedId | None
    ranked: tuple[NamedEntry, ...]
    in_list: int
    other_troubles: tuple[NamedId, ...]
    looks_sick: float | None
    crops: tuple[LikelyCrop, ...]
    photos: tuple[PhotoEntry, ...]
    crop_hint: str | None
    model_version: str
    district: str | None
    display: Display
    advice_url: str | None
    question: QuestionEntry | None
    practices: tuple[HelpingEntry, ...]
    urgent: bool
    views: tuple[ViewEntry, ...]
    condition: NamedEntry | None
    candidates: tuple[NamedEntry, ...]
    coarse: dict[str, Any] | None
    one_of: dict[str, Any] | None
    confidence: dict[str, int] | None
    for_workers: None = None
    office_knows: Literal[False] = False


class NewDiagnosis(ShownDiagnosis):
    """An answer with its id and its sender's token, shown only here; both are absent while storage is away."""

    id: str | None
    token: str | None
    keeps_photos: bool

    @classmethod
    def of(cls, answer: Answer, question: Question | None, naming: Naming) -> Self:
        """Add id and token."""
        stored = answer.stored
        case_id = None if stored is None else stored.public_id
        return cls(
            **naming.fields(answer.diagnosis, case_id, question),
            id=case_id,
            token=answer.token,
            keeps_photos=stored is not None and stored.keeps_photos,
        )


class FeedbackEntry(FrozenModel):
    """What the sender thought of an answer, and when they said so."""

    verdict: FeedbackVerdict
    condition: str | None
    given_at: datetime


class KeptDiagnosis(ShownDiagnosis):
    """An answer as it was given then, or as a reply leaves it, with its sender's feedback if there is any."""

    id: str
    created_at: datetime
    keeps_photos: bool
    feedback: FeedbackEntry | None

    @classmethod
    def of(cls, case: Case, question: Question | None, naming: Naming) -> Self:
        """Show a stored case, without the token. Only the sender knows the token."""
        return cls(
            **naming.fields(case.diagnosis, case.public_id, question),
            id=case.public_id,
            created_at=case.created_at,
            keeps_photos=case.keeps_photos,
            feedback=case.feedback and FeedbackEntry.model_validate(case.feedback, from_attributes=True),
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
        said = dict.fromkeys(("verdict", "condition", "remark", "reviewed_at")) if word is None else vars(word)
        return cls(asked=asked, **said)


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
