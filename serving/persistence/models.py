"""The tables. Only what workers write about their visits may name a person; senders and messages are keyed hashes.

Rows have numbers of their own, which never leave the service. A change here needs a migration in
``serving/persistence/migrations``; a test compares the two. The file is long because it is the whole schema, which
readers look up in one place.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

import numpy as np
from sqlalchemy import Dialect, ForeignKey, Index, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import JSON, DateTime, Double, String, TypeDecorator

from majani.decision.diagnosis import Diagnosis, Evidence, Examination
from majani.decision.question import Question
from majani.model.heatmap import Heatmap
from majani.model.predictor import Floats
from majani.review.priority import Signals, review_priority
from serving.persistence.case_record import Location
from serving.persistence.review_record import wanted_at_first

HASH_LENGTH = 64
# Lengths of the ids and names that we make ourselves.
PUBLIC_ID_LENGTH = 22
SLUG_LENGTH = 64
WORD_LENGTH = 16
NOTE_LENGTH = 500
TITLE_LENGTH = 80
_UUID_LENGTH = 36
# Type of stored embeddings. It halves the size and loses less than the network's own rounding.
_STORED = "<f2"

# Alembic can only change what it can name, and SQLite would leave constraints without a name.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. SQLite forgets the time zone, so everything is stored in UTC and read back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Refuse what could mean another moment elsewhere."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} names no time zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the time zone back."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables of the service."""

    metadata = MetaData(naming_convention=_NAMES)


class Numbered(Base):
    """Those whose rows have a number."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)


class Delivery(Numbered):
    """A message that a platform delivered, unfinished until ``finished_at``, so that it is answered once.

    Its hash is keyed, because WhatsApp's message ids contain the sender's number.
    """

    __tablename__ = "deliveries"

    channel: Mapped[str] = mapped_column(String(16))
    message_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), unique=True)
    claimed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Recipient(Numbered):
    """A person who chose a language or opted out, by a keyed hash. Senders of photos alone have no row."""

    __tablename__ = "recipients"

    channel: Mapped[str] = mapped_column(String(16))
    address_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), unique=True)
    language: Mapped[str | None] = mapped_column(String(16))
    opted_out: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Case(Numbered):
    """A plant that a sender asked about, with the answer.

    Attributes:
        token_hash: SHA-256 of the token that lets its sender read and delete it.
        outcome, condition, probability: As in the answer, for counting.
        question: As :class:`majani.decision.question.Question`; None without a reply.
        exchange: What sender and experts said beside the reviews: ``asked_at``, when the sender asked for an expert, as
            ISO 8601; ``question`` and ``reply``, what an expert asked last and how the sender answered.
        latitude, longitude: Degrees, rounded to about 11 km; None without consent.
        signals: As :class:`majani.review.priority.Signals`; None without a stored photo.
        priority: Follows from the signals, 0 to 1; a column of its own to sort by.
        sender_hash, alias_hash, client_id: As :class:`serving.cases.submission.Submission`.
        told_label: The experts' label that this sender was last told; None before the first.
        opened_by, opened_at: Number of the access token that was shown it last, so that others get other cases.
        reported_at, reported_by: When which worker, by number, reported a photo of it. Until it is put back or deleted,
            ``keeps_photos`` is false, so that no query finds its photos.
        all_photos: Also of a reported case; :attr:`photos` are those that may be shown.

    What hangs on a case is read with it, or not at all: rows outlive their session.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_client_id_created_at", "client_id", "created_at"),
        Index("ix_cases_model_version_created_at", "model_version", "created_at"),
    )

    public_id: Mapped[str] = mapped_column(String(PUBLIC_ID_LENGTH), unique=True)
    token_hash: Mapped[str] = mapped_column(String(HASH_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    origin: Mapped[str] = mapped_column(String(WORD_LENGTH))
    language: Mapped[str] = mapped_column(String(WORD_LENGTH))
    model_version: Mapped[str] = mapped_column(String(SLUG_LENGTH))
    crop_hint: Mapped[str | None] = mapped_column(String(SLUG_LENGTH))
    outcome: Mapped[str] = mapped_column(String(WORD_LENGTH))
    condition: Mapped[str | None] = mapped_column(String(SLUG_LENGTH))
    probability: Mapped[float | None] = mapped_column(Double)
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    question: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    exchange: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    keeps_photos: Mapped[bool]
    # An older release that runs beside this one leaves all of them out.
    signals: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    priority: Mapped[float] = mapped_column("worth", Double, index=True, server_default="0")
    reviews_wanted: Mapped[int] = mapped_column(server_default="1")
    opened_by: Mapped[int | None]
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sender_hash: Mapped[str | None] = mapped_column(String(HASH_LENGTH), index=True)
    alias_hash: Mapped[str | None] = mapped_column(String(HASH_LENGTH), index=True)
    told_label: Mapped[str | None] = mapped_column(String(SLUG_LENGTH))
    client_id: Mapped[int | None]
    reported_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    reported_by: Mapped[int | None]

    all_photos: Mapped[list["Photo"]] = relationship(order_by="Photo.position", passive_deletes=True, lazy="raise")
    feedback: Mapped["Feedback | None"] = relationship(passive_deletes=True, lazy="raise")
    follow_up: Mapped["FollowUp | None"] = relationship(
        foreign_keys="FollowUp.case_id", passive_deletes=True, lazy="raise"
    )
    reviews: Mapped[list["Review"]] = relationship(order_by="Review.id", passive_deletes=True, lazy="raise")

    @classmethod
    def of(
        cls,
        public_id: str,
        examination: Examination,
        paths: Sequence[str | None],
        *,
        location: Location | None = None,
        signals: Signals | None = None,
        **columns: str | int | None,
    ) -> "Case":
        """A case to keep, with whatever else ``columns`` say; no moment yet.

        ``paths`` are where its photos lie in the photo store, None for one that is not kept. Without any, there are no
        ``signals`` either, because it cannot be reviewed.
        """
        diagnosis = examination.diagnosis
        named = diagnosis.condition
        return cls(
            public_id=public_id,
            model_version=diagnosis.model_version,
            crop_hint=diagnosis.crop_hint,
            outcome=diagnosis.outcome.value,
            condition=None if named is None else named.id,
            probability=None if named is None else named.probability,
            diagnosis=diagnosis,
            # Where somebody asked is a place, which nobody is asked to leave.
            answer=diagnosis.model_dump(mode="json", exclude={"district"}),
            latitude=None if location is None else location.latitude,
            longitude=None if location is None else location.longitude,
            keeps_photos=any(paths),
            signals=None if signals is None else _stored(signals),
            priority=0.0 if signals is None else review_priority(signals),
            reviews_wanted=wanted_at_first(public_id),
            all_photos=[Photo.of(at, *seen) for at, seen in enumerate(zip(examination.evidence, paths, strict=True))],
            **columns,
        )

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """The answer; another release may have stored fields that this one does not know."""
        return Diagnosis.model_validate(self.answer, extra="ignore")

    @property
    def replied(self) -> Question | None:
        """The question with the sender's reply."""
        return None if self.question is None else Question.model_validate(self.question, extra="ignore")

    @property
    def known_signals(self) -> Signals | None:
        """The signals; of another release, only those that this one knows."""
        if self.signals is None:
            return None
        return Signals(**{field.name: self.signals.get(field.name, field.default) for field in fields(Signals)})

    @property
    def photos(self) -> Sequence["Photo"]:
        """The photos; of a reported case nothing but their sizes, so that nobody is shown what was seen on them."""
        if self.reported_at is None:
            return self.all_photos
        return [Photo(width_px=photo.width_px, height_px=photo.height_px) for photo in self.all_photos]

    @property
    def is_expert_asked(self) -> bool:
        """Whether the sender asks for an expert."""
        return bool((self.signals or {}).get("expert_asked"))

    def is_for_tests(self, since: date | None) -> bool:
        """Whether nothing may be taught from it; without the day ``since`` which there are such cases, none is."""
        return since is not None and self.created_at.date() >= since and wanted_at_first(self.public_id) > 1

    def weigh(self, **strengths: float) -> bool:
        """Change signals, and the review priority with them; False if it has none."""
        if (before := self.known_signals) is None:
            return False
        after = replace(before, **strengths)
        self.signals, self.priority = _stored(after), review_priority(after)
        return True


class Photo(Numbered):
    """One photo of a case: where the network looked and, if it is kept, where it lies.

    Attributes:
        width_px, height_px: Of the upright photo as it was decoded; 0 if it could not be read.
        heatmap: ``rows`` x ``columns`` bytes, row by row, 255 where the network saw most; None if it was not used.
        path: In the photo store; None if the photo is not kept.
        likeliest, embedding: Most likely class, and 16-bit floats of the last features, little-endian. They describe
            the photo, so both are None if it is not kept, or was not used.
        luminance, sharpness: As :class:`majani.image.quality.Quality`; None if the photo could not be read.
    """

    __tablename__ = "photos"
    __table_args__ = (UniqueConstraint("case_id", "position"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    position: Mapped[int]
    width_px: Mapped[int]
    height_px: Mapped[int]
    heatmap: Mapped[bytes | None]
    heatmap_rows: Mapped[int | None]
    heatmap_columns: Mapped[int | None]
    path: Mapped[str | None] = mapped_column(String(SLUG_LENGTH))
    likeliest: Mapped[str | None] = mapped_column(String(SLUG_LENGTH))
    embedding: Mapped[bytes | None]
    luminance: Mapped[float | None] = mapped_column(Double)
    sharpness: Mapped[float | None] = mapped_column(Double)

    @classmethod
    def of(cls, position: int, seen: Evidence, path: str | None) -> "Photo":
        """A photo of a case to keep."""
        rows, columns = (None, None) if seen.heatmap is None else seen.heatmap.shape
        return cls(
            position=position,
            width_px=seen.width_px,
            height_px=seen.height_px,
            heatmap=None if seen.heatmap is None else seen.heatmap.tobytes(),
            heatmap_rows=rows,
            heatmap_columns=columns,
            path=path,
            likeliest=seen.likeliest if path else None,
            embedding=seen.embedding.astype(_STORED).tobytes() if path and seen.embedding is not None else None,
            luminance=None if seen.quality is None else seen.quality.luminance,
            sharpness=None if seen.quality is None else seen.quality.sharpness,
        )

    @property
    def grid(self) -> Heatmap | None:
        """The heatmap, row by row."""
        if self.heatmap is None:
            return None
        return np.frombuffer(self.heatmap, dtype=np.uint8).reshape(self.heatmap_rows or 0, self.heatmap_columns or 0)


def read_embedding(stored: bytes) -> Floats:
    """``(D,)`` float32, as the network gave it but for rounding."""
    return np.frombuffer(stored, dtype=_STORED).astype(np.float32)


def _stored(signals: Signals) -> dict[str, float]:
    """Unknown ones are left out: another release may expect a number for each."""
    return {name: strength for name, strength in asdict(signals).items() if strength is not None}


class Feedback(Numbered):
    """The sender's opinion of an answer, ``right``, ``wrong`` or ``unsure``; the latest counts."""

    __tablename__ = "feedback"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), unique=True)
    verdict: Mapped[str] = mapped_column(String(WORD_LENGTH))
    condition: Mapped[str | None] = mapped_column(String(SLUG_LENGTH))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FollowUp(Numbered):
    """What the sender says days later, in words of the API, and the case in which they photographed the leaf again."""

    __tablename__ = "follow_ups"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), unique=True)
    done: Mapped[str] = mapped_column(String(WORD_LENGTH))
    state: Mapped[str] = mapped_column(String(WORD_LENGTH))
    later_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id", ondelete="SET NULL"), index=True)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Review(Numbered):
    """What one reviewer, by access token, holds a case to be; the latest of each counts, beside those of others.

    Attributes:
        note: In the reviewer's words, for colleagues; it never leaves the desk.
        first_label: Condition or else verdict that was given before the reviewer could see other reviews; None from a
            release that did not store it.
        remark: Id of a sentence for the sender, from the list in ``data/languages``.
    """

    __tablename__ = "reviews"
    __table_args__ = (UniqueConstraint("case_id", "reviewer_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("access_tokens.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(WORD_LENGTH))
    condition: Mapped[str | None] = mapped_column(String(SLUG_LENGTH))
    note: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
    reviewed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_label: Mapped[str | None] = mapped_column(String(SLUG_LENGTH))
    remark: Mapped[str | None] = mapped_column(String(SLUG_LENGTH))

    @property
    def label(self) -> str:
        """As :attr:`serving.persistence.review_record.NewReview.label`."""
        return self.condition or self.verdict


class IdempotencyKey(Numbered):
    """The SHA-256 of a key and of what was sent with it, so that a case sent again is answered with the same case.

    It outlives its case: a phone that sends an old case once more must not bring back what was deleted.
    """

    __tablename__ = "idempotency_keys"

    key_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), unique=True)
    request_hash: Mapped[str] = mapped_column(String(HASH_LENGTH))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class AccessToken(Numbered):
    """What lets a program, an extension worker, an agronomist or an administrator in, by name of the device or desk.

    Attributes:
        token_hash: SHA-256; the token has as many random bits, so no slower hash is needed.
        last_used_on: Day in UTC; None if it was never used, or only before this column existed.
        worker_id: Number of the first token of the same worker, which this one replaces; None if it is the first.
        district: Name from the operator's settings; None for all districts.
        made_by, revoked_by: Number of an administrator's access token; None for the command line.
        reports_on, reports: In the first token of a worker: how many photos they reported on the last day, in UTC.
    """

    __tablename__ = "access_tokens"

    name: Mapped[str] = mapped_column(String(SLUG_LENGTH))
    role: Mapped[str] = mapped_column(String(WORD_LENGTH))
    token_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_on: Mapped[date | None]
    worker_id: Mapped[int | None]
    district: Mapped[str | None] = mapped_column(String(SLUG_LENGTH))
    made_by: Mapped[int | None]
    revoked_by: Mapped[int | None]
    reports_on: Mapped[date | None]
    reports: Mapped[int | None]


class Erasure(Numbered):
    """That a case, a visit or a photo to teach was deleted, or a token revoked: for restored backups, which have it.

    Attributes:
        id_hash: Of its id, or of the token's hash; see :func:`serving.persistence.erasures.id_hash`.
        kind: Of :class:`serving.persistence.erasures.Erased`.
        erased_at: The last time, because the same photo may be given again.
    """

    __tablename__ = "erasures"

    id_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), unique=True)
    kind: Mapped[str] = mapped_column(String(WORD_LENGTH))
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime)


class VisitRow(Numbered):
    """A visit of a worker, as :class:`serving.visits.visit.NewVisit`; of a deleted one the content is empty."""

    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_worker_id_updated_at", "worker_id", "updated_at"),
        Index("ix_visits_worker_id_started_at", "worker_id", "started_at"),
    )

    public_id: Mapped[str] = mapped_column(String(_UUID_LENGTH), unique=True)
    worker_id: Mapped[int] = mapped_column(ForeignKey("access_tokens.id"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)


class TaughtPhoto(Numbered):
    """A photo that an agronomist gave to teach a district with; it belongs to no case.

    Attributes:
        public_id: Follows from district and content; also its name in the photo store.
        name: Of the folder that it lay in; empty without one.
        label: Condition's id, or ``unsure``; None while it is not labelled.
        visit: The same for photos of one day and phone; empty if the photo does not tell.
        given_by: Number of the worker's first access token; of who labelled it last.
    """

    __tablename__ = "taught_photos"

    district: Mapped[str] = mapped_column(String(SLUG_LENGTH), index=True)
    public_id: Mapped[str] = mapped_column(String(PUBLIC_ID_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    label: Mapped[str | None] = mapped_column(String(SLUG_LENGTH))
    visit: Mapped[str] = mapped_column(String(WORD_LENGTH))
    given_by: Mapped[int]
    given_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    @property
    def path(self) -> str:
        """In the photo store."""
        return taught_path(self.public_id)


TAUGHT = "taught"


def taught_path(public_id: str) -> str:
    """Where the photo store has such a photo: in no folder of a day, so that it is no photo of a case."""
    return f"{TAUGHT}/{public_id}.jpg"


class RefitRow(Numbered):
    """One refit of a district's bundle, from the wish to the use.

    Attributes:
        summary: What ``majani-train adapt --summary`` writes; of a failure, ``failure``.
        attempts: How often it was claimed.
        due_at: While a process works on it, when that claim lapses.
        asked_by, first_by, used_by, undone_by: Numbers of workers' first access tokens: who asked, who of two said
            first that it is to be used, who put it to use, who took it back.
    """

    __tablename__ = "refits"

    district: Mapped[str] = mapped_column(String(SLUG_LENGTH), index=True)
    state: Mapped[str] = mapped_column(String(WORD_LENGTH))
    step: Mapped[str] = mapped_column(String(WORD_LENGTH))
    summary: Mapped[dict[str, Any]] = mapped_column(JSON)
    attempts: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_by: Mapped[int | None]
    first_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_by: Mapped[int | None]
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[int | None]
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DeskSession(Numbered):
    """One access token in one browser, until sign-out; the browser's secret is stored as SHA-256 only."""

    __tablename__ = "desk_sessions"

    token_id: Mapped[int] = mapped_column(ForeignKey("access_tokens.id", ondelete="CASCADE"))
    secret_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Receiver(Numbered):
    """Another system that hears of events, by address.

    Attributes:
        secret: Signs what is sent there. It has to be stored as it is: a signature needs the secret itself.
        kinds: Of :class:`serving.persistence.outbox.EventKind`, with spaces between them.
        may_be_private: Whether its address may lie in the operator's own network.
        is_on: False after it has answered that it wants nothing more.
    """

    __tablename__ = "receivers"

    url: Mapped[str] = mapped_column(String(NOTE_LENGTH))
    secret: Mapped[str] = mapped_column(String(HASH_LENGTH))
    kinds: Mapped[str] = mapped_column(String(NOTE_LENGTH))
    may_be_private: Mapped[bool]
    is_on: Mapped[bool] = mapped_column(default=True)


class OutboxEvent(Numbered):
    """What one receiver is to hear, written together with what it is about.

    Attributes:
        event_id: The same for all receivers of the event; they recognise by it what comes twice.
        case_id: The case that it is about; None for an event about many.
        attempts: How often it was claimed; a process whose claim has lapsed is recognised by it.
        due_at: When it may be sent, or sent again; while a process holds it, when that claim lapses.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("receiver_id", "event_id"),
        Index("ix_outbox_state", "state", "receiver_id", "due_at"),
    )

    receiver_id: Mapped[int] = mapped_column(ForeignKey("receivers.id", ondelete="CASCADE"))
    event_id: Mapped[str] = mapped_column(String(HASH_LENGTH))
    kind: Mapped[str] = mapped_column(String(WORD_LENGTH))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(WORD_LENGTH))
    attempts: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    failure: Mapped[str | None] = mapped_column(String(WORD_LENGTH))


class CaseCount(Numbered):
    """Cases with the same answer, counted anew each night from those that are kept, so that pages need not count them.

    Attributes:
        day: In UTC; with a place, the Monday of a week.
        latitude, longitude: As in :class:`Case`; None for the cases of a day in all places together and in none.
        outcome, condition: What is shown of a case: what its reviewers agree on, else the model's answer.
    """

    __tablename__ = "case_counts"

    day: Mapped[date] = mapped_column(index=True)
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    outcome: Mapped[str] = mapped_column(String(WORD_LENGTH))
    condition: Mapped[str | None] = mapped_column(String(SLUG_LENGTH))
    crop_hint: Mapped[str | None] = mapped_column(String(SLUG_LENGTH))
    cases: Mapped[int]
    reviewed: Mapped[int]


class WeeklyCount(Numbered):
    """Cases of a week with the same label, which outlive the cases; no person is in them.

    Attributes:
        week: A Monday in UTC.
        place: Name of a district, or latitude and longitude of an area in degrees; empty for all cases together.
        usual: Limit that the cases of this week and the one before have passed; None if they have not.
    """

    __tablename__ = "weekly_counts"
    __table_args__ = (UniqueConstraint("week", "place", "label"),)

    week: Mapped[date]
    place: Mapped[str] = mapped_column(String(SLUG_LENGTH))
    label: Mapped[str] = mapped_column(String(SLUG_LENGTH))
    cases: Mapped[int]
    reviewed: Mapped[int]
    usual: Mapped[int | None]


class Job(Base):
    """The last success of a regular job, ``forget`` for the daily one; before the first, when this table was made."""

    __tablename__ = "jobs"

    name: Mapped[str] = mapped_column(String(WORD_LENGTH), primary_key=True)
    succeeded_at: Mapped[datetime] = mapped_column(UtcDateTime)
