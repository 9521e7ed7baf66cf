"""Rule 7: one question about a sign at the plant, where the photos leave two conditions of one crop.

Question and ratio are part of the advice, so this rule reads a diagnosis and no belief. It changes no outcome and no
probability: how often answers are right was measured without questions, so nothing is promised with one. A sign that is
seen can name its condition. A missing sign names nothing, because any other condition may lack it too. The phone's copy
of this rule is held to this one by golden vectors.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from majani.decision.diagnosis import Diagnosis
from majani.decision.rules import Outcome
from majani.frozen import FrozenModel

# As for a coarser statement: "one of these two" has to be safe before it is asked which.
MIN_TOGETHER = 0.8
# Odds, against everything else, from which a condition is named.
MIN_ODDS = 2.0
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
        likelier: The condition, if photos and a "yes" name it together.
    """

    condition: str
    against: str
    ratio: Ratio
    reply: Reply | None = None
    likelier: str | None = None


def choose_question(diagnosis: Diagnosis, known: Mapping[tuple[str, str], Question]) -> Question | None:
    """The question about the first two candidates; ``known`` by condition and ``against``."""
    # None is left to compare where the office knows more, and of photos of several plants.
    if diagnosis.outcome is not Outcome.UNCERTAIN or len(diagnosis.compared) < 2:
        return None
    first, second = diagnosis.compared[:2]
    # A sender who named another crop is asked about the crop first.
    if first.probability + second.probability < MIN_TOGETHER or diagnosis.crop_hint not in (first.crop, None):
        return None
    return known.get((first.id, second.id)) or known.get((second.id, first.id))


def answer_question(diagnosis: Diagnosis, question: Question, reply: Reply) -> Question:
    """Weigh the condition anew; another reply takes the place of an earlier one."""
    share = next(
        (candidate.probability for candidate in diagnosis.candidates if candidate.id == question.condition), 0.0
    )
    is_named = reply is Reply.YES and share * question.ratio >= MIN_ODDS * (1 - share)
    return question.model_copy(update={"reply": reply, "likelier": question.condition if is_named else None})
