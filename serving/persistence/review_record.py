"""What a reviewer says, what a sender hears of it, and how many reviews a case gets."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from majani.decision.rules import Outcome
from majani.model.bundle import sha256_hex


class ReviewVerdict(StrEnum):
    """What a reviewer holds a case to be. Healthy is a condition; who confirms an answer names what it named."""

    CONDITION = "condition"
    UNKNOWN_PLANT = "unknown_plant"
    NOT_A_PLANT = "not_a_plant"
    CANNOT_TELL = "cannot_tell"
    BAD_PHOTO = "bad_photo"


class ExpertVerdict(StrEnum):
    """What the sender of a case hears: a verdict that reviewers agree on, or that they do not."""

    CONDITION = "condition"
    UNKNOWN_PLANT = "unknown_plant"
    NOT_A_PLANT = "not_a_plant"
    CANNOT_TELL = "cannot_tell"
    BAD_PHOTO = "bad_photo"
    DISAGREEMENT = "disagreement"


# Answers after which the sender is offered an expert.
OUTCOMES_TO_ASK_ABOUT = (Outcome.UNCERTAIN, Outcome.UNKNOWN_PLANT)
# A remark that asks the sender something that "yes" or "no" answers has an id that begins so.
QUESTION_PREFIX = "ask_"
# These verdicts are no label, and say nothing about a model.
UNDECIDED = frozenset({ReviewVerdict.CANNOT_TELL, ReviewVerdict.BAD_PHOTO})


@dataclass(frozen=True)
class NewReview:
    """What a reviewer says; only the verdict ``condition`` has a condition's id.

    The note is for colleagues; the remark is the id of a sentence for the sender.
    """

    verdict: ReviewVerdict
    condition: str | None = None
    note: str | None = None
    remark: str | None = None

    def __post_init__(self) -> None:
        if (self.verdict is ReviewVerdict.CONDITION) != (self.condition is not None):
            raise ValueError(f"the verdict {self.verdict} does not go with the condition {self.condition}")

    @property
    def label(self) -> str:
        """The condition, or else the verdict: what two reviewers agree on or not."""
        return self.condition or self.verdict.value


@dataclass(frozen=True)
class ExpertWord:
    """What the sender of a case hears of its reviews, without who gave them."""

    verdict: ExpertVerdict
    reviewed_at: datetime
    condition: str | None = None
    remark: str | None = None

    @property
    def label(self) -> str:
        """The condition, or else the verdict, and the remark: what tells it from an earlier word."""
        return f"{self.condition or self.verdict.value} {self.remark or ''}".strip()[-64:]

    @property
    def is_question(self) -> bool:
        """Whether the sender is asked something that "yes" or "no" answers."""
        return (self.remark or "").startswith(QUESTION_PREFIX)

    def corrects(self, condition: str | None) -> bool:
        """Whether the advice on what was answered, if anything, no longer holds."""
        if self.condition is not None:
            return self.condition != condition
        # A farmer should not spray on what experts argue about.
        doubted = self.verdict is ExpertVerdict.DISAGREEMENT and condition is not None
        return doubted or self.verdict in (ExpertVerdict.UNKNOWN_PLANT, ExpertVerdict.NOT_A_PLANT)


# One case in five is reviewed by two people: enough to tell within a season whether reviewers agree.
_ONE_IN = 5
MOST_REVIEWS = 3


def wanted_at_first(public_id: str) -> int:
    """How many reviews a case gets if all say the same."""
    return 2 if int(sha256_hex(public_id.encode())[:8], 16) % _ONE_IN == 0 else 1


def wanted_after(public_id: str, labels: Collection[object]) -> int:
    """How many reviews a case gets, by those that it has."""
    first = wanted_at_first(public_id)
    if len(set(labels)) < 2:
        return first
    return max(first, min(MOST_REVIEWS, len(labels) + 1))
