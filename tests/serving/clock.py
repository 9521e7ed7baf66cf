"""Time that tests put forward."""

from dataclasses import dataclass
from datetime import UTC, datetime

START = datetime(2026, 5, 3, 8, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still until it is put forward."""

    moment: datetime = START

    def __call__(self) -> datetime:
        return self.moment
