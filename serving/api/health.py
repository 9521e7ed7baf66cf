"""``/healthz`` and ``/readyz``, for a supervisor that restarts processes and a proxy that sends them requests."""

from flask import Blueprint

from serving.container import services
from serving.http.errors import RequestCode, RequestError

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> dict[str, str]:
    """Tell that the process is alive."""
    return {"status": "alive"}


@blueprint.get("/readyz")
def readyz() -> dict[str, str]:
    """Tell whether the bundle answers."""
    if not services().readiness.check():
        raise RequestError(RequestCode.NOT_READY, "the bundle is loaded but did not answer a test picture")
    return {"status": "ready", "model_version": services().diagnoser.manifest.version}
