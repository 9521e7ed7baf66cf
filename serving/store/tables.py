"""The tables. No column holds anything that identifies a person: senders and messages appear as keyed hashes only.

Rows have numbers of their own, so that tables to come, cases above all, can refer to them when a hash is made anew
with another key. A change here needs a migration in ``serving/store/migrations``; a test compares the two.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

HASH_LENGTH = 64

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


class Delivery(Base):
    """A message that a platform delivered, so that it is not answered again when the platform delivers it again.

    Attributes:
        message_hash: Keyed; WhatsApp's message ids contain the sender's number.
        claimed_at: When somebody began to work on it.
        finished_at: None while that goes on, or if it broke off.
    """

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    message_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), unique=True)
    claimed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Recipient(Base):
    """Somebody who has told us something to remember. Who only sends photos has no row.

    Attributes:
        address_hash: Keyed, of whatever the platform knows the person by.
        language: Tag, if the person chose one.
        opted_out: Wants nothing from us.
    """

    __tablename__ = "recipients"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    address_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), unique=True)
    language: Mapped[str | None] = mapped_column(String(16))
    opted_out: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
