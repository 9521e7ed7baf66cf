"""Rule 7: one question about a sign at the plant decides between the first two conditions of an answer.

Question and ratio are part of the advice, so this rule reads a diagnosis and no belief. A reply changes probabilities,
order and grade by Bayes' rule, but never to *most likely*: how often answers are right was measured without questions.
The phone's copy of this rule is held to this one by golden vectors.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from majani.decision.diagnosis import Diagnosis
from majani.decision.grades import CLEAR, Grade, probable_from
from majani.decision.rules import Outcome
from majani.frozen import FrozenModel

# Nobody has measured how well farmers see a sign, so no reply may count more.
MAX_RATIO = 4.0

Ratio = Annotated[float, Field(gt=1, le=MAX_RATIO)]


class Reply(StrEnum):
    """Whether the sender sees the sign at the plant."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Question(FrozenModel):
    """A question for one answer, and the sender's reply.

    Attributes:
        condition, against: "Yes" speaks for the first, "no" against it; the photos leave both.
        ratio: Likelihood ratio: how many times more often "yes" comes from the condition than from anything else.
        likelier: What photos and reply name together, if that is the condition.
    """

    condition: str
    against: str
    ratio: Ratio
    reply: Reply | None = None
    likelier: str | None = None


def choose_question(diagnosis: Diagnosis, known: Mapping[tuple[str, str], Question]) -> Question | None:
    """The question about the first two in the list; ``known`` by condition and ``against``."""
    if diagnosis.grade is Grade.MOST_LIKELY or diagnosis.contradicts_sender or len(diagnosis.listed) < 2:
        return None
    first, second = diagnosis.listed[:2]
    return known.get((first.id, second.id)) or known.get((second.id, first.id))


def answer_question(diagnosis: Diagnosis, question: Question, reply: Reply) -> Question:
    """The question with its reply; another reply takes the place of an earlier one."""
    after = with_reply(diagnosis, question.model_copy(update={"reply": reply}))
    is_named = reply is Reply.YES and after.is_named and after.leading == question.condition
    return question.model_copy(update={"reply": reply, "likelier": question.condition if is_named else None})


def with_reply(diagnosis: Diagnosis, question: Question) -> Diagnosis:
    """The answer after the reply: the condition weighs more after "yes" and less after "no"."""
    if question.reply not in (Reply.YES, Reply.NO) or question.condition not in {one.id for one in diagnosis.ranked}:
        return diagnosis
    factor = question.ratio if question.reply is Reply.YES else 1 / question.ratio
    weights = {one.id: one.probability * (factor if one.id == question.condition else 1) for one in diagnosis.ranked}
    before, after = sum(one.probability for one in diagnosis.ranked), sum(weights.values())
    scale = before / after if after else 1.0
    ranked = tuple(
        sorted(
            (one.model_copy(update={"probability": round(weights[one.id] * scale, 4)}) for one in diagnosis.ranked),
            key=lambda one: -one.probability,
        )
    )
    first, together = ranked[0], round(sum(one.probability for one in ranked[: diagnosis.in_list]), 4)
    is_named = first.probability >= probable_from(healthy=first.is_healthy)
    is_condition = is_named and not first.is_healthy
    return diagnosis.model_copy(
        update={
            "outcome": Outcome.CONDITION if is_condition else Outcome.UNCERTAIN,
            "grade": Grade.PROBABLY if is_named else Grade.ONE_OF if together >= CLEAR else Grade.NOT_CLEAR,
            "why": None,
            "ranked": ranked,
            "probability": first.probability if is_named else together,
            "looks_sick": None if is_named else diagnosis.looks_sick,
        }
    )
