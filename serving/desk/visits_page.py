"""``/desk/visits``: what extension workers found on their visits, by worker and week; without farmers' names."""

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, Response, request
from pydantic import AwareDatetime, BaseModel, Field

from serving.access.guard import check_district
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.clock import now
from serving.container import services
from serving.desk.layout import desk_page
from serving.desk.session import signed_in
from serving.http.errors import DESK_PREFIX
from serving.http.validation import validated
from serving.i18n.catalogue import sentence
from serving.overview.filters import monday
from serving.persistence.engine import MAX_ID
from serving.visits.repository import Visits
from serving.visits.visit import EARLIEST, LATEST, OTHER

_SHOWN = 25
# A season.
_OFFERED_WEEKS = 26
SEVERITIES = {1: sentence("light"), 2: sentence("medium"), 3: sentence("severe")}

blueprint = Blueprint("visits_page", __name__, url_prefix=f"{DESK_PREFIX}/visits")


class Chosen(BaseModel):
    """What to show: of one worker, of the week from a Monday, and those after the last one of the page before."""

    worker: int | None = Field(default=None, ge=1, le=MAX_ID)
    week: date | None = Field(default=None, ge=EARLIEST.date(), le=LATEST.date())
    before: AwareDatetime | None = Field(default=None, ge=EARLIEST, le=LATEST)
    number: int = Field(default=0, ge=0, le=MAX_ID)


@blueprint.get("")
def show() -> Response:
    """Show a page of visits, the latest first."""
    # Visits are by worker, of whatever place.
    check_district(signed_in(Role.AGRONOMIST), None)
    chosen = validated(Chosen, "query", {name: value for name, value in request.args.items() if value})
    first = None if chosen.week is None else datetime.combine(chosen.week, time(), UTC)
    before = None if chosen.before is None else (chosen.before, chosen.number)
    found = Visits(services().engine).page(chosen.worker, first, before, limit=_SHOWN + 1)
    this_week = monday(now().date())
    return desk_page(
        "desk_visits.html",
        found=found[:_SHOWN],
        last=found[_SHOWN - 1] if len(found) > _SHOWN else None,
        chosen=chosen,
        workers={access.worker_id: access.name for access in AccessTokens(services().engine).list()},
        weeks=[this_week - timedelta(weeks=number) for number in range(_OFFERED_WEEKS)],
        retention_days=services().settings.visit_retention_days,
        severities=SEVERITIES,
        other=OTHER,
    )
