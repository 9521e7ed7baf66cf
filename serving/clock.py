"""Tells the time. It is a separate module, so that callers can take another clock."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, with its time zone."""
    return datetime.now(UTC)
