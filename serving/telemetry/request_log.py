"""Gives every request an id, one line in the log, and its place in the metrics.

The line names the route's pattern, never the address, which may contain the id of a case or a language.
"""

import logging
import re
import secrets
import time

from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

from serving.telemetry import metrics

ID_HEADER = "X-Request-Id"

# Short and harmless enough to be repeated in a header and a log.
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

logger = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Log the requests of ``app``. Call it before anything else that acts on requests."""

    @app.before_request
    def begin() -> None:
        g.began = time.monotonic()
        sent_id = request.headers.get(ID_HEADER, "")
        g.request_id = sent_id if _ID.fullmatch(sent_id) else secrets.token_hex(8)
        # Threads are used again.
        clear_contextvars()
        bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        duration_s = time.monotonic() - g.began
        response.headers[ID_HEADER] = g.request_id
        route = None if request.url_rule is None else request.url_rule.rule
        metrics.observe_request(route=route, method=request.method, status=response.status_code, duration_s=duration_s)
        line = {
            "method": request.method,
            "route": route,
            "status": response.status_code,
            "duration_ms": round(1000 * duration_s, 1),
            "bytes": response.calculate_content_length(),
        }
        logger.info("request", extra=line)
        return response

    @app.teardown_request
    def forget(_: BaseException | None) -> None:
        clear_contextvars()
