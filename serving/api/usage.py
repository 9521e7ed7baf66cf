"""``/v1/usage``: how much the service is used and how well it does, day by day."""

from datetime import UTC, datetime, time, timedelta

from apiflask import APIBlueprint

from serving.access.guard import REFUSALS, bearer
from serving.access.role import Role
from serving.api.failures import responses
from serving.api.schemas.usage import Usage, UsagePeriod
from serving.clock import now
from serving.container import services
from serving.http.errors import RequestCode
from serving.persistence.usage import count_cases

blueprint = APIBlueprint("usage", __name__, url_prefix="/v1/usage", tag="Usage")


@blueprint.get("")
@blueprint.auth_required(bearer, roles=[Role.AGRONOMIST])
@blueprint.input(UsagePeriod, location="query")
@blueprint.output(Usage, description="One entry for each day, also for those without a case.")
@blueprint.doc(operation_id="getUsage", responses=responses(*REFUSALS, RequestCode.REQUEST_INVALID))
def show(query_data: UsagePeriod) -> tuple[Usage, int, dict[str, str]]:
    """Count the cases of the last days, today included.

    By outcome, model version, language, origin and the senders' verdicts. Days are those of UTC; a verdict is counted
    on the day of its case. Cases that were deleted count no longer.
    """
    first = now().date() - timedelta(days=query_data.days - 1)
    counts = count_cases(services().engine, since=datetime.combine(first, time(), UTC))
    return Usage.of(counts, first=first, days=query_data.days), 200, {"Cache-Control": "no-store"}
