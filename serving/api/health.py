"""``/healthz`` and ``/readyz``, for a supervisor that restarts processes and a proxy that sends them requests."""

from flask import Blueprint

from serving.container import services
from serving.http.errors import RequestCode, RequestError
from serving.persistence.engine import is_damaged

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> dict[str, str]:
    """Tell that the process is alive."""
    return {"status": "alive"}


@blueprint.get("/readyz")
def readyz() -> dict[str, str]:
    """Tell whether the bundle answers, and no file of the database is damaged: to notice that by a page is too late."""
    if not services().readiness.check():
        raise RequestError(RequestCode.NOT_READY, "the bundle is loaded but did not answer a test picture")
    # Away or locked it may be: farmers get answers without it.
    if is_damaged(services().engine):
        raise RequestError(RequestCode.NOT_READY, "the file of the database is damaged")
    return {"status": "ready", "model_version": services().diagnoser.manifest.version}
