"""What somebody holds a case to be: a model, or an expert."""

from dataclasses import dataclass

from majani.decision.rules import Outcome
from serving.persistence.review_record import ReviewVerdict


@dataclass(frozen=True)
class Claim:
    """Of a model.

    Attributes:
        condition: Id; only for the outcomes ``healthy`` and ``condition``.
    """

    outcome: Outcome
    condition: str | None


@dataclass(frozen=True)
class Opinion:
    """Of a reviewer.

    Attributes:
        condition: Id; only with the verdict ``condition``.
    """

    verdict: ReviewVerdict
    condition: str | None
