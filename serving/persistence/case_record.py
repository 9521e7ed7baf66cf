"""What the rows of cases are made of: who sent one and how, under which key, from about where."""

from dataclasses import dataclass
from enum import StrEnum

from majani.model.bundle import sha256_hex

# Enough that no two cases of all farmers meet.
_PSEUDONYM_LENGTH = 20


class Origin(StrEnum):
    """How a case came in."""

    API = "api"
    PAGE = "page"
    WHATSAPP = "whatsapp"
    TELEGRAM = "telegram"
    RAPIDPRO = "rapidpro"
    AFRICASTALKING = "africastalking"


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
        # Turn -0.0 into 0.0. Otherwise it would be a separate area beside the equator.
        return cls(round(latitude, 1) + 0.0, round(longitude, 1) + 0.0)


def case_pseudonym(public_id: str) -> str:
    """What a case is called outside: always the same, and without a way back to its id, because ids are random."""
    return f"c{sha256_hex(public_id.encode())[:_PSEUDONYM_LENGTH]}"


def photo_id(public_id: str, position: int) -> str:
    """What a photo of a case is called over the API; ids of cases have no dot."""
    return f"{public_id}.{position}"


@dataclass(frozen=True)
class KeyedRequest:
    """An idempotency key and the SHA-256 of what was sent under it."""

    key: str
    request_hash: str
