"""Whether an answer was right, by what experts say of the case. Pure functions."""

from collections.abc import Sequence
from enum import StrEnum

from majani.decision.rules import Outcome
from serving.persistence.review_record import UNDECIDED, ModelAnswer, NewReview

# These outcomes claim nothing, so they are neither right nor wrong.
_ABSTENTIONS = frozenset({Outcome.UNCERTAIN, Outcome.RETAKE})


class Judgement(StrEnum):
    """Of one answer."""

    RIGHT = "right"
    WRONG = "wrong"
    ABSTAINED = "abstained"
    UNKNOWN = "unknown"


def judge(answer: ModelAnswer, opinions: Sequence[NewReview]) -> Judgement:
    """Judge an answer; it is unknown if experts do not agree or cannot tell, or there are none."""
    if len(set(opinions)) != 1 or opinions[0].verdict in UNDECIDED:
        return Judgement.UNKNOWN
    if answer.outcome in _ABSTENTIONS:
        return Judgement.ABSTAINED
    truth = opinions[0]
    is_right = answer.condition == truth.condition if truth.condition else answer.outcome == truth.verdict.value
    return Judgement.RIGHT if is_right else Judgement.WRONG
