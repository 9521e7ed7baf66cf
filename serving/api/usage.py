"""``/v1/usage``: how much the service is used and how well it does, day by day."""

from datetime import UTC, datetime, time, timedelta

from flask import Blueprint, Response, request

from serving.access.guard import district_of, require_role
from serving.access.role import Role
from serving.api.schemas.usage import Usage, UsagePeriod
from serving.clock import now
from serving.container import services
from serving.http.document import respond_private
from serving.http.validation import validated
from serving.persistence.usage import count_cases

blueprint = Blueprint("usage", __name__, url_prefix="/v1/usage")


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
