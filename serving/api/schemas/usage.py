"""Usage over HTTP: counts of cases, day by day."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Self

from pydantic import BaseModel, Field

from majani.frozen import FrozenModel
from serving.persistence.usage import Counted, UsageCounts

MAX_DAYS = 365

Counts = Mapping[str, int]


class UsagePeriod(BaseModel):
    """What a client may ask for."""

    days: int = Field(default=30, ge=1, le=MAX_DAYS, description="How many days, today included.")


class UsageOfDay(FrozenModel):
    """Cases of one day in UTC, counted in several ways; ``verdicts`` are those of senders."""

    day: date
    cases: int
    outcomes: Counts
    model_versions: Counts
    languages: Counts
    origins: Counts
    verdicts: Counts

    @classmethod
    def of(cls, day: date, counts: Mapping[Counted, Counts]) -> Self:
        """Every case has exactly one outcome, so these add up to all cases."""
        values = {f"{counted}s": counts.get(counted, {}) for counted in Counted}
        return cls(day=day, cases=sum(values["outcomes"].values()), **values)


class Usage(FrozenModel):
    """Day by day, oldest first."""

    days: tuple[UsageOfDay, ...]

    @classmethod
    def of(cls, counts: UsageCounts, *, first: date, days: int) -> Self:
        """Show each of so many days, and later ones with counts; a day without counts had no case."""
        shown = sorted({*counts, *(first + timedelta(number) for number in range(days))})
        return cls(days=tuple(UsageOfDay.of(day, counts.get(day, {})) for day in shown))
