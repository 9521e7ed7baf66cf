"""A review as it goes into the database and comes out of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReviewVerdict(StrEnum):
    """What a reviewer holds a case to be. Healthy is a condition; who confirms an answer names what it named."""

    CONDITION = "condition"
    UNKNOWN_PLANT = "unknown_plant"
    NOT_A_PLANT = "not_a_plant"
    CANNOT_TELL = "cannot_tell"
    BAD_PHOTO = "bad_photo"


# What nobody could tell from a photo is no label, and cannot be held against a model.
UNDECIDED = frozenset({ReviewVerdict.CANNOT_TELL, ReviewVerdict.BAD_PHOTO})


@dataclass(frozen=True)
class NewReview:
    """What a reviewer says.

    Attributes:
        condition: Id; with the verdict ``condition``, and only then.
        note: For colleagues; None if there is none.
    """

    verdict: ReviewVerdict
    condition: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        if (self.verdict is ReviewVerdict.CONDITION) != (self.condition is not None):
            raise ValueError(f"the verdict {self.verdict} does not go with the condition {self.condition}")

    @property
    def label(self) -> str:
        """The condition, or else the verdict: what two reviewers agree on or not."""
        return self.condition or self.verdict.value


@dataclass(frozen=True)
class KeptReview:
    """A review as it was kept.

    Attributes:
        reviewer: Number of the access token.
    """

    reviewer: int
    review: NewReview
    reviewed_at: datetime
