"""A case as it goes into the database and comes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import starmap
from typing import Any

import numpy as np

from majani.decision.diagnosis import Diagnosis, Evidence, Examination
from majani.decision.question import Question
from majani.image.quality import Quality
from majani.model.bundle import sha256_hex
from majani.model.predictor import Floats
from majani.review.priority import Signals, review_priority
from serving.persistence.models import Case, Photo
from serving.persistence.review_record import wanted_at_first

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


@dataclass(frozen=True)
class Submission:
    """What a sender leaves of a case; a photo or location that must not be stored is None.

    ``sender_hash`` is that of a messenger's sender, ``alias_hash`` that of another id of theirs, and ``client_id`` the
    number of a program that asked; else None.
    """

    origin: Origin
    language: str
    photos: Sequence[bytes | None]
    location: Location | None = None
    request: KeyedRequest | None = None
    sender_hash: str | None = None
    alias_hash: str | None = None
    client_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class NewCase(Submission):
    """A case to keep.

    Attributes:
        public_id: Too long to guess.
        token_hash: Of the token that proves who sent the case.
        paths: Where each photo lies in the photo store; None for one that is not kept.
        signals: What its review priority follows from; None without stored photos, because then it cannot be reviewed.
    """

    public_id: str
    token_hash: str
    examination: Examination
    paths: Sequence[str | None]
    signals: Signals | None = None


@dataclass(frozen=True)
class FeedbackRecord:
    """The latest verdict of a case's sender."""

    verdict: FeedbackVerdict
    condition: str | None
    given_at: datetime


@dataclass(frozen=True)
class FollowUpRecord:
    """Whether a case's sender did what was advised, and how the plant was days later, in words of the API."""

    done: str
    state: str


@dataclass(frozen=True)
class PhotoRecord:
    """One photo of a stored case, and its place in the photo store if it is kept."""

    evidence: Evidence
    path: str | None


@dataclass(frozen=True)
class CaseRecord:
    """A stored case; signals are None without a photo, ``question`` without a reply, ``location`` without consent.

    Of a reported one no photo is here, nor anything that was seen on it, so that nobody is shown either.
    """

    public_id: str
    token_hash: str
    created_at: datetime
    diagnosis: Diagnosis
    keeps_photos: bool
    photos: tuple[PhotoRecord, ...]
    feedback: FeedbackRecord | None
    signals: Signals | None = None
    question: Question | None = None
    location: Location | None = None
    client_id: int | None = None
    exchange: Mapping[str, str] | None = None
    reported_at: datetime | None = None

    @property
    def is_expert_asked(self) -> bool:
        """Whether the sender asks for an expert."""
        return self.signals is not None and self.signals.expert_asked > 0

    def is_for_tests(self, since: date | None) -> bool:
        """Whether nothing may be taught from it; without the day ``since`` which there are such cases, none is."""
        return since is not None and self.created_at.date() >= since and wanted_at_first(self.public_id) > 1


# Type of stored embeddings. It halves the size and loses less than the network's own rounding.
_STORED = "<f2"


def case_values(case: NewCase, created_at: datetime) -> dict[str, Any]:
    """The columns of a case that is new."""
    diagnosis, location, signals = case.examination.diagnosis, case.location, case.signals
    named = diagnosis.condition
    return {
        "public_id": case.public_id,
        "token_hash": case.token_hash,
        "created_at": created_at,
        "origin": case.origin.value,
        "language": case.language,
        "model_version": diagnosis.model_version,
        "crop_hint": diagnosis.crop_hint,
        "outcome": diagnosis.outcome.value,
        "condition": None if named is None else named.id,
        "probability": None if named is None else named.probability,
        # Where somebody asked is a place, which nobody is asked to leave.
        "answer": diagnosis.model_dump(mode="json", exclude={"district"}),
        "latitude": None if location is None else location.latitude,
        "longitude": None if location is None else location.longitude,
        "keeps_photos": any(case.paths),
        "signals": None if signals is None else stored_signals(signals),
        "worth": 0.0 if signals is None else review_priority(signals),
        "sender_hash": case.sender_hash,
        "alias_hash": case.alias_hash,
        "client_id": case.client_id,
        "reviews_wanted": wanted_at_first(case.public_id),
    }


def photo_values(case: NewCase, case_id: int) -> list[dict[str, Any]]:
    """The columns of its photos."""
    return [
        {"case_id": case_id, "position": position, "path": path, **_evidence_values(evidence, keeps_photo=bool(path))}
        for position, (evidence, path) in enumerate(zip(case.examination.evidence, case.paths, strict=True))
    ]


def new_record(case: NewCase, created_at: datetime) -> CaseRecord:
    """A new case as it would be read back."""
    return CaseRecord(
        public_id=case.public_id,
        token_hash=case.token_hash,
        created_at=created_at,
        diagnosis=case.examination.diagnosis,
        keeps_photos=any(case.paths),
        photos=tuple(starmap(PhotoRecord, zip(case.examination.evidence, case.paths, strict=True))),
        feedback=None,
        signals=case.signals,
        location=case.location,
        client_id=case.client_id,
    )


def to_record(row: Case) -> CaseRecord:
    """A case from its rows."""
    kept, is_hidden = row.feedback, row.reported_at is not None
    return CaseRecord(
        public_id=row.public_id,
        token_hash=row.token_hash,
        created_at=row.created_at,
        # Another release may have stored fields that this one does not know.
        diagnosis=Diagnosis.model_validate(row.answer, extra="ignore"),
        keeps_photos=row.keeps_photos,
        photos=tuple(
            PhotoRecord(Evidence(photo.width_px, photo.height_px, None), None)
            if is_hidden
            else PhotoRecord(_evidence(photo), photo.path)
            for photo in row.photos
        ),
        feedback=None if kept is None else FeedbackRecord(FeedbackVerdict(kept.verdict), kept.condition, kept.given_at),
        signals=to_signals(row),
        question=None if row.question is None else Question.model_validate(row.question, extra="ignore"),
        location=None if row.latitude is None or row.longitude is None else Location(row.latitude, row.longitude),
        client_id=row.client_id,
        exchange=row.exchange,
        reported_at=row.reported_at,
    )


def stored_signals(signals: Signals) -> dict[str, float]:
    """Signals as they are stored. Unknown ones are left out: another release may expect a number for each."""
    return {name: strength for name, strength in asdict(signals).items() if strength is not None}


def to_signals(row: Case) -> Signals | None:
    """Stored signals; of another release, only those that this one knows."""
    if row.signals is None:
        return None
    return Signals(**{field.name: row.signals.get(field.name, field.default) for field in fields(Signals)})


def weigh(row: Case, **strengths: float) -> bool:
    """Change signals of a case, and its review priority with them; False if it has no signals."""
    if (before := to_signals(row)) is None:
        return False
    after = replace(before, **strengths)
    row.signals, row.priority = stored_signals(after), review_priority(after)
    return True


def read_embedding(stored: bytes) -> Floats:
    """``(D,)`` float32, as the network gave it but for rounding."""
    return np.frombuffer(stored, dtype=_STORED).astype(np.float32)


def _evidence_values(evidence: Evidence, *, keeps_photo: bool) -> dict[str, Any]:
    grid, embedding = evidence.heatmap, evidence.embedding
    rows, columns = (None, None) if grid is None else grid.shape
    return {
        "width_px": evidence.width_px,
        "height_px": evidence.height_px,
        "heatmap": None if grid is None else grid.tobytes(),
        "heatmap_rows": rows,
        "heatmap_columns": columns,
        "luminance": None if evidence.quality is None else evidence.quality.luminance,
        "sharpness": None if evidence.quality is None else evidence.quality.sharpness,
        "likeliest": evidence.likeliest if keeps_photo else None,
        "embedding": embedding.astype(_STORED).tobytes() if keeps_photo and embedding is not None else None,
    }


def _evidence(photo: Photo) -> Evidence:
    grid = quality = None
    if photo.heatmap is not None:
        grid = np.frombuffer(photo.heatmap, dtype=np.uint8).reshape(photo.heatmap_rows or 0, photo.heatmap_columns or 0)
    if photo.luminance is not None and photo.sharpness is not None:
        quality = Quality(min(photo.width_px, photo.height_px), photo.luminance, photo.sharpness)
    embedding = None if photo.embedding is None else read_embedding(photo.embedding)
    return Evidence(photo.width_px, photo.height_px, grid, quality, photo.likeliest, embedding)
