"""The filters of an overview: weeks, crop, condition and outcome."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from majani.decision.rules import Outcome

DEFAULT_WEEKS = 12
# The choices of the form. The address takes any number up to the largest.
OFFERED_WEEKS = (4, 12, 26, 52)
MAX_WEEKS = 157
# Up to so many weeks are drawn day by day.
_WEEKS_BY_DAY = 4


class Filters(BaseModel):
    """What is counted: whole weeks, from Monday; the present one counts as far as it has come."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    weeks: int = Field(default=DEFAULT_WEEKS, ge=1, le=MAX_WEEKS)
    crop: str | None = None
    condition: str | None = None
    outcome: Outcome | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _left_open(cls, value: Any, info: Any) -> Any:
        # A form sends an empty value for a field that was left open.
        return cls.model_fields[info.field_name].default if value == "" else value

    @property
    def is_by_day(self) -> bool:
        """Whether time goes by days rather than by weeks."""
        return self.weeks <= _WEEKS_BY_DAY

    def first_day(self, today: date) -> date:
        """A Monday."""
        return monday(today) - timedelta(weeks=self.weeks - 1)

    def steps(self, today: date) -> tuple[date, ...]:
        """The first day of each day or week, oldest first, up to today."""
        first, step = self.first_day(today), timedelta(days=1 if self.is_by_day else 7)
        return tuple(first + number * step for number in range((today - first) // step + 1))

    def step_of(self, day: date) -> date:
        """Return the first day of the step that a day belongs to."""
        return day if self.is_by_day else monday(day)

    def last_day(self, step: date, today: date) -> date:
        """Return the last day of a step. The present day or week ends today."""
        return min(today, step if self.is_by_day else step + timedelta(days=6))

    def chosen(self) -> dict[str, str]:
        """Return the filters as query parameters, without those that have their default."""
        return {name: str(value) for name, value in self if value != type(self).model_fields[name].default}


def monday(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def midnight(day: date) -> datetime:
    """When a day begins, in UTC."""
    return datetime.combine(day, time(), UTC)
