"""Headers that are worth knowing, for the description at ``/openapi.json``: of answers, and of requests they answer to.

What a route declares already says which of them it has: whoever answers 304 sends an ETag, and so on.
"""

from typing import Any

from serving.api.failures import responses
from serving.http.errors import RequestCode

_REF = "#/components/headers/"
_INTEGER = {"type": "integer", "minimum": 0}

HEADERS: dict[str, Any] = {
    "Location": {"description": "Where the answer can be read again.", "schema": {"type": "string"}},
    "ETag": {
        "description": "SHA-256 of the whole body, uncompressed, in quotation marks; with `W/` before them if it comes "
        "compressed. Send it as `If-None-Match` the next time.",
        "required": True,
        "schema": {"type": "string", "pattern": '^(W/)?"[0-9a-f]{64}"$'},
    },
    "Content-Language": {
        "description": "Tag of the language that it became.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Content-Range": {
        "description": "Which part this is, or how long the whole is.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds after which the same request may succeed.", "schema": _INTEGER},
    "WWW-Authenticate": {
        "description": "A bearer token is needed.",
        "required": True,
        "schema": {"type": "string", "const": "Bearer"},
    },
    "RateLimit-Limit": {"description": "Requests per window.", "schema": _INTEGER},
    "RateLimit-Remaining": {"description": "Requests left in this window.", "schema": _INTEGER},
    "RateLimit-Reset": {"description": "Seconds until the next window.", "schema": _INTEGER},
}
_RATE_LIMIT = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
_OF_STATUS = {
    "201": ("Location",),
    "206": ("Content-Range",),
    "401": ("WWW-Authenticate",),
    "416": ("Content-Range",),
    "429": ("Retry-After",),
    "503": ("Retry-After",),
}
# With these the body is whole, or known to be whole.
_WITH_ETAG = ("200", "206", "304")

_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "ETag of the answer that is there already; if it is still the current one, 304 comes instead.",
    "schema": {"type": "string"},
}
_RANGE = {
    "name": "Range",
    "in": "header",
    "description": "One part of the file, such as `bytes=1000000-`; several at once are answered with the whole.",
    "schema": {"type": "string"},
    "example": "bytes=0-1023",
}
_IF_RANGE = {
    "name": "If-Range",
    "in": "header",
    "description": "ETag that the part must belong to; otherwise the whole file comes.",
    "schema": {"type": "string"},
}


def describe(path: str, operation: dict[str, Any]) -> None:
    """Add headers to one operation.

    Args:
        path: Of the operation; only what is below ``/v1/`` is limited in how often it may be asked.
        operation: As generated; it is changed.
    """
    is_limited = path.startswith("/v1/")
    answers = operation["responses"]
    if is_limited:
        answers |= {str(status): answer for status, answer in responses(RequestCode.RATE_LIMITED).items()}
    for status, answer in answers.items():
        names = [*(_RATE_LIMIT if is_limited else ()), *_OF_STATUS.get(status, ())]
        if "304" in answers and status in _WITH_ETAG:
            names.append("ETag")
        if names:
            answer["headers"] = {name: {"$ref": _REF + name} for name in sorted(names)}
    asked = [_IF_NONE_MATCH] if "304" in answers else []
    asked += [_RANGE, _IF_RANGE] if "206" in answers else []
    if asked:
        operation["parameters"] = [*operation.get("parameters", ()), *asked]


def describe_language(operation: dict[str, Any]) -> None:
    """Say that a successful answer names its language."""
    operation["responses"]["200"]["headers"]["Content-Language"] = {"$ref": f"{_REF}Content-Language"}
