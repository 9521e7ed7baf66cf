"""Time that tests put forward."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class Clock:
    """Stands still until it is put forward."""

    moment: datetime

    def __call__(self) -> datetime:
        return self.moment
