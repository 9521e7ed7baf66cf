"""Usage over HTTP: counts of cases, day by day."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Self

from pydantic import BaseModel, Field

from majani.frozen import FrozenModel
from serving.persistence.usage import Counted, UsageCount

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
        outcomes = counts.get(Counted.OUTCOME, {})
        return cls(
            day=day,
            cases=sum(outcomes.values()),
            outcomes=outcomes,
            model_versions=counts.get(Counted.MODEL_VERSION, {}),
            languages=counts.get(Counted.LANGUAGE, {}),
            origins=counts.get(Counted.ORIGIN, {}),
            verdicts=counts.get(Counted.VERDICT, {}),
        )


class Usage(FrozenModel):
    """Day by day, oldest first."""

    days: tuple[UsageOfDay, ...]

    @classmethod
    def of(cls, counts: Iterable[UsageCount], *, first: date, days: int) -> Self:
        """Put counts into their days; a day without counts had no case."""
        by_day: dict[date, dict[Counted, dict[str, int]]] = {first + timedelta(n): {} for n in range(days)}
        for count in counts:
            by_day.setdefault(count.day, {}).setdefault(count.counted, {})[count.value] = count.cases
        return cls(days=tuple(UsageOfDay.of(day, by_day[day]) for day in sorted(by_day)))
