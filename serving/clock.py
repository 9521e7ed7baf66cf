"""What time it is; a module of its own, so that whatever asks can be given another clock."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, with its time zone."""
    return datetime.now(UTC)
