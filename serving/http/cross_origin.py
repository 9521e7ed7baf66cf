"""Lets pages of other websites use the API (CORS): those that the operator names, with tokens and never with cookies.

The service's own pages are never among it: they act for whoever is signed in.
"""

from collections.abc import Collection

from flask import Flask, Response, request

_API = "/v1/"
# nginx keeps one copy of each for all, so it must not differ by who asks.
_CACHED = ("model.send_file", "model.send_head")
_HEADERS = {
    "Access-Control-Expose-Headers": "ETag, Idempotency-Replayed, Location, RateLimit, RateLimit-Limit, "
    "RateLimit-Remaining, RateLimit-Reset, Retry-After"
}
_PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-None-Match",
    # As long as browsers keep it at most.
    "Access-Control-Max-Age": "7200",
}


def register(app: Flask, origins: Collection[str]) -> None:
    """Answer pages of ``origins``; before anything that counts requests, because a preflight asks for nothing."""
    if not origins:
        return

    @app.before_request
    def preflight() -> Response | None:
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        return Response(status=204) if is_preflight and _is_shared() else None

    @app.after_request
    def allow(response: Response) -> Response:
        if not _is_shared():
            return response
        response.vary.add("Origin")
        if request.origin in origins:
            response.access_control_allow_origin = request.origin
            response.headers.update(_PREFLIGHT_HEADERS if request.method == "OPTIONS" else _HEADERS)
        return response


def _is_shared() -> bool:
    return request.path.startswith(_API) and request.endpoint not in _CACHED
