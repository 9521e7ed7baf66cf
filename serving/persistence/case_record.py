"""A case as it goes into the database and comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from majani.decision.diagnosis import Diagnosis, Evidence, Examination
from majani.review.priority import Signals


class Origin(StrEnum):
    """How a case came in."""

    API = "api"
    PAGE = "page"


class FeedbackVerdict(StrEnum):
    """What the sender thinks of an answer."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Location:
    """A place, rounded to a tenth of a degree (about 11 km): enough for a map of outbreaks, too coarse for a farm."""

    latitude: float
    longitude: float

    @classmethod
    def coarse(cls, latitude: float, longitude: float) -> "Location":
        """Forget the exact place."""
        # There is no place "-0.0"; it would be an area of its own beside the equator.
        return cls(round(latitude, 1) + 0.0, round(longitude, 1) + 0.0)


@dataclass(frozen=True)
class Seal:
    """What makes a case its sender's.

    Attributes:
        public_id: 22 characters that nobody can guess.
        token: Proves who sent it; only its hash is stored.
    """

    public_id: str
    token: str


@dataclass(frozen=True)
class KeyedRequest:
    """An idempotency key and the SHA-256 of what was sent under it."""

    key: str
    request_hash: str


@dataclass(frozen=True)
class NewCase:
    """A case to keep.

    Attributes:
        language: Tag of the language it was asked in.
        paths: Where each photo lies in the photo store; None for one that is not kept.
        request: None if it came without an idempotency key.
        signals: What makes it worth a look; None if no photo is kept, because then there is nothing to look at.
    """

    seal: Seal
    origin: Origin
    language: str
    examination: Examination
    location: Location | None
    paths: Sequence[str | None]
    request: KeyedRequest | None
    signals: Signals | None = None


@dataclass(frozen=True)
class KeptFeedback:
    """The latest verdict of a case's sender."""

    verdict: FeedbackVerdict
    condition: str | None
    given_at: datetime


@dataclass(frozen=True)
class KeptPhoto:
    """One photo of a kept case.

    Attributes:
        path: Where it lies in the photo store; None if it is not kept.
    """

    evidence: Evidence
    path: str | None


@dataclass(frozen=True)
class KeptCase:
    """A case as it was kept.

    Attributes:
        signals: What makes it worth a look; None where no photo is kept, or where a release kept it that knew none.
    """

    public_id: str
    token_hash: str
    created_at: datetime
    diagnosis: Diagnosis
    keeps_photos: bool
    photos: tuple[KeptPhoto, ...]
    feedback: KeptFeedback | None
    signals: Signals | None = None
