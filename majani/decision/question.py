"""Rule 7: one question that the sender answers at the plant, where the photos leave two conditions of one crop.

The question and what its answers count are part of the advice, so this rule reads a diagnosis and no belief. It changes
no outcome and no probability: how often answers are right was measured without questions, so none is promised with one.
The phone's copy of this rule is held to this one by golden vectors.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from majani.decision.diagnosis import Diagnosis
from majani.decision.rules import Outcome
from majani.frozen import FrozenModel

# As for a coarser statement: "one of these two" has to be safe before a question may decide between them.
MIN_TOGETHER = 0.8
# Odds from which the likelier of the two is named.
MIN_ODDS = 2.0
# Nobody has measured how well farmers see a sign, so no answer may count more.
MAX_RATIO = 4.0

Ratio = Annotated[float, Field(gt=1, le=MAX_RATIO)]


class Reply(StrEnum):
    """What the sender sees at the plant."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Question(FrozenModel):
    """A question for one answer, and the sender's reply.

    Attributes:
        condition, against: "Yes" speaks for the first, "no" for the second.
        yes, no: Likelihood ratios: how many times more often this reply comes from the condition that it speaks for.
        likelier: The condition that photos and reply name together; None without a reply, or if they do not agree.
    """

    condition: str
    against: str
    yes: Ratio
    no: Ratio
    reply: Reply | None = None
    likelier: str | None = None


def choose_question(diagnosis: Diagnosis, known: Mapping[tuple[str, str], Question]) -> Question | None:
    """The question that decides between the first two candidates; ``known`` by condition and ``against``."""
    if diagnosis.outcome is not Outcome.UNCERTAIN or len(diagnosis.candidates) < 2:
        return None
    first, second = diagnosis.candidates[:2]
    # A sender who named another crop is asked about the crop first.
    if first.probability + second.probability < MIN_TOGETHER or diagnosis.crop_hint not in (first.crop, None):
        return None
    return known.get((first.id, second.id)) or known.get((second.id, first.id))


def answer_question(diagnosis: Diagnosis, question: Question, reply: Reply) -> Question:
    """Weigh the two conditions anew; another reply takes the place of an earlier one."""
    of = {one.id: one.probability for one in diagnosis.candidates}
    speaks_for, other, ratio = (
        (question.condition, question.against, question.yes)
        if reply is Reply.YES
        else (question.against, question.condition, question.no)
    )
    is_clear = reply is not Reply.UNSURE and of.get(speaks_for, 0.0) * ratio >= MIN_ODDS * of.get(other, 0.0)
    return question.model_copy(update={"reply": reply, "likelier": speaks_for if is_clear else None})
