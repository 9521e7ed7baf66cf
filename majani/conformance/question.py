"""Made-up answers with a question, on both sides of every limit of rule 7."""

from collections.abc import Iterator, Mapping

from majani.conformance.case import MARGIN
from majani.decision.diagnosis import Diagnosis, Named
from majani.decision.grades import PROBABLY, Grade
from majani.decision.question import Question, Reply, choose_question, with_reply
from majani.decision.rules import Outcome, Why
from majani.frozen import FrozenModel
from majani.model.bundle import Manifest

_THIRD, _LISTED = 0.05, 2


class Replied(FrozenModel):
    """What an answer has become."""

    outcome: Outcome
    grade: Grade
    ranked: tuple[Named, ...]
    probability: float


class QuestionVector(FrozenModel):
    """From an answer and the only known question to whether it is asked, and what each reply makes of the answer."""

    outcome: Outcome
    grade: Grade
    why: Why | None
    ranked: tuple[Named, ...]
    in_list: int
    question: Question
    asked: bool
    replied: Mapping[Reply, Replied]


def question_vectors(manifest: Manifest) -> Iterator[QuestionVector]:
    """All of them; any three conditions of the bundle will do."""
    first, other, third = [entry for entry in manifest.classes if entry.crop is not None][:3]
    for ratio in (4.0, 3.0):
        question = Question(condition=first.id, against=other.id, ratio=ratio)
        # Of all, the share from which "yes" names the condition.
        edge = PROBABLY / (PROBABLY + ratio * (1 - PROBABLY))
        for share in (edge - MARGIN, edge + MARGIN, 0.75, 0.1):
            shares = zip((first, other, third), (share, 1 - share - _THIRD, _THIRD), strict=True)
            named = (
                Named(id=entry.id, name=entry.name, crop="", crop_name="", probability=round(of, 4))
                for entry, of in shares
            )
            ranked = tuple(sorted(named, key=lambda one: -one.probability))
            for grade in Grade:
                for why in (None, Why.ANOTHER_CROP):
                    yield _vector(ranked, grade, why, question)


def _vector(ranked: tuple[Named, ...], grade: Grade, why: Why | None, question: Question) -> QuestionVector:
    answer = Diagnosis(
        outcome=Outcome.UNCERTAIN,
        grade=grade,
        why=why,
        probability=0.5,
        ranked=ranked,
        in_list=_LISTED,
        photos=(),
        model_version="",
    )
    replies = {reply: with_reply(answer, question.model_copy(update={"reply": reply})) for reply in Reply}
    return QuestionVector(
        outcome=answer.outcome,
        grade=grade,
        why=why,
        ranked=ranked,
        in_list=_LISTED,
        question=question,
        asked=choose_question(answer, {(question.condition, question.against): question}) is not None,
        replied={reply: Replied.model_validate(after, from_attributes=True) for reply, after in replies.items()},
    )
