"""``/metrics``, for Prometheus; not part of the API, and there only if a token for it is set."""

import hmac

from flask import Blueprint, Response, request
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from serving.container import services
from serving.http.errors import RequestCode, RequestError
from serving.settings import plain
from serving.telemetry.metrics import render

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def show() -> Response:
    """Show all metrics of this machine."""
    expected = f"Bearer {plain(services().settings.metrics_token)}"
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode()):
        raise RequestError(RequestCode.TOKEN_INVALID, "send MAJANI_METRICS_TOKEN as Authorization: Bearer <token>")
    services().refresh_gauges()
    response = Response(render(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    response.cache_control.no_store = True
    return response
