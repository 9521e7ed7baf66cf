"""``/v1/usage``: how much the service is used and how well it does, day by day."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from flask import Blueprint, Response, request
from pydantic import BaseModel, Field

from majani.frozen import FrozenModel
from serving.access.guard import district_of, require_role
from serving.access.role import Role
from serving.clock import now
from serving.container import services
from serving.http.document import respond_private
from serving.http.validation import validated
from serving.persistence.usage import Counted, UsageCounts, count_cases

blueprint = Blueprint("usage", __name__, url_prefix="/v1/usage")

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


@blueprint.get("")
def show() -> Response:
    """Count the cases of the last days, today included; for a program, its own. Days are those of UTC."""
    access = require_role(Role.CLIENT)
    client_id = access.worker_id if access.role is Role.CLIENT else None
    if client_id is None:
        require_role(Role.AGRONOMIST)
    days = validated(UsagePeriod, "query", request.args.to_dict()).days
    first = now().date() - timedelta(days=days - 1)
    counts = count_cases(
        services().engine, since=datetime.combine(first, time(), UTC), client_id=client_id, district=district_of(access)
    )
    return respond_private(Usage.of(counts, first=first, days=days))
