"""Whether an answer was right, by what experts say of the case. Pure functions."""

from collections.abc import Collection
from enum import StrEnum

from majani.decision.rules import Outcome
from serving.persistence.review_record import UNDECIDED

# These outcomes claim nothing, so they are neither right nor wrong.
_ABSTENTIONS = frozenset({Outcome.UNCERTAIN, Outcome.RETAKE})


class Judgement(StrEnum):
    """Of one answer."""

    RIGHT = "right"
    WRONG = "wrong"
    ABSTAINED = "abstained"
    UNKNOWN = "unknown"


def judge(outcome: str, condition: str | None, labels: Collection[str]) -> Judgement:
    """Judge an answer by what experts call it; it is unknown if they do not agree or cannot tell, or there are none."""
    truths = set(labels)
    if len(truths) != 1 or truths & UNDECIDED:
        return Judgement.UNKNOWN
    if outcome in _ABSTENTIONS:
        return Judgement.ABSTAINED
    # No condition's id is an outcome.
    return Judgement.RIGHT if truths & {outcome, condition} else Judgement.WRONG
