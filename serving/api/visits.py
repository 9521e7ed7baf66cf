"""``/v1/visits``: an extension worker's visits, from one phone of theirs to the service and to the next."""

from uuid import UUID

from flask import Blueprint, Response, request
from pydantic import BaseModel

from majani.errors import CaseError, ErrorCode
from serving.access.guard import require_role
from serving.access.role import Role
from serving.container import services
from serving.http.document import respond_private
from serving.http.validation import validated
from serving.visits.repository import Visits
from serving.visits.visit import OTHER, Entry, NewVisit, Period

# With full notes, as much as a phone is sent at once.
_PAGE = 20

blueprint = Blueprint("visits", __name__, url_prefix="/v1/visits")


class VisitPeriod(BaseModel):
    """What a phone may ask for."""

    since: Period | None = None


@blueprint.get("")
def changes() -> Response:
    """Show the worker's visits that have changed, deleted ones among them."""
    worker_id = require_role(Role.EXTENSION).worker_id
    since = validated(VisitPeriod, "query", request.args.to_dict()).since
    return respond_private(Visits(services().engine).changes(worker_id, since, limit=_PAGE))


@blueprint.put("/<uuid:visit_id>")
def put(visit_id: UUID) -> Response:
    """Store a visit beside what another phone of the worker has sent of it; answer with what counts of the entries."""
    worker_id = require_role(Role.EXTENSION).worker_id
    sent = validated(NewVisit, "json", request.get_json(force=True))
    for entry in sent.entries:
        _check_names(entry)
    stored = Visits(services().engine).put(worker_id, visit_id, sent)
    named = {entry.id for entry in sent.entries}
    return respond_private(stored.model_copy(update={"entries": tuple(e for e in stored.entries if e.id in named)}))


@blueprint.delete("/<uuid:visit_id>")
def delete(visit_id: UUID) -> tuple[str, int]:
    """Delete a visit with all entries; their cases stay."""
    Visits(services().engine).delete(require_role(Role.EXTENSION).worker_id, visit_id)
    return "", 204


def _check_names(entry: Entry) -> None:
    """Raise CaseError for an unknown crop or finding; what a model said with another taxonomy stays."""
    adviser = services().adviser
    crops = (None, *(crop.id for crop in adviser.taxonomy.crops))
    if entry.answer is None and entry.crop not in crops:
        raise CaseError(ErrorCode.CROP_UNKNOWN, f"there is no crop {entry.crop!r}; see entry {entry.id}")
    if entry.finding not in (None, OTHER):
        adviser.condition(entry.finding)
