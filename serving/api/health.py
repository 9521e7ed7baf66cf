"""``/healthz`` and ``/readyz``, for whatever restarts processes and whatever sends them requests."""

from apiflask import APIBlueprint

from serving.api.failures import responses
from serving.api.schemas.schemas import Health, Ready
from serving.container import services
from serving.http.errors import RequestCode, RequestError

blueprint = APIBlueprint("health", __name__, tag="Health")


@blueprint.get("/healthz")
@blueprint.output(Health, description="The process is alive.")
@blueprint.doc(operation_id="getHealth")
def healthz() -> Health:
    """Tell that the process is alive."""
    return Health()


@blueprint.get("/readyz")
@blueprint.output(Ready, description="A diagnosis was tried and worked.")
@blueprint.doc(operation_id="getReadiness", responses=responses(RequestCode.NOT_READY))
def readyz() -> Ready:
    """Tell whether the bundle answers."""
    if not services().readiness.check():
        raise RequestError(RequestCode.NOT_READY, "the bundle is loaded but did not answer a test picture")
    return Ready(model_version=services().diagnoser.manifest.version)
