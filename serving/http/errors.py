"""Every failure as an HTTP answer: the one place where statuses are chosen.

Programs get ``application/problem+json`` (RFC 9457), people who use the page get the same facts as a page. What a
library says about a failure is never passed on, and of an unexpected failure nothing but the fact.
"""

import logging
from collections.abc import Callable, Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from pydantic import Field
from werkzeug.exceptions import ClientDisconnected, HTTPException

from majani.decision.diagnoser import MAX_PHOTOS
from majani.errors import CaseError, ErrorCode, PhotoError
from majani.frozen import FrozenModel
from serving.persistence.cases import DeletedCaseError, NothingToSeeError, ReusedKeyError, UnknownCaseError
from serving.persistence.engine import StorageError
from serving.telemetry.metrics import ERRORS, UNFINISHED

MEDIA_TYPE = "application/problem+json"
# All addresses below it are pages for people who are signed in.
DESK_PREFIX = "/desk"

logger = logging.getLogger(__name__)


class RequestCode(StrEnum):
    """Stable names of failures that only exist over HTTP; those of the domain are :class:`majani.errors.ErrorCode`."""

    REQUEST_MALFORMED = "request_malformed"
    REQUEST_INVALID = "request_invalid"
    REQUEST_TOO_LARGE = "request_too_large"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    MEDIA_TYPE_UNSUPPORTED = "media_type_unsupported"
    RANGE_NOT_SATISFIABLE = "range_not_satisfiable"
    RATE_LIMITED = "rate_limited"
    TOKEN_INVALID = "token_invalid"  # noqa: S105 - a name, not a secret
    ROLE_INSUFFICIENT = "role_insufficient"
    DISTRICT_OTHER = "district_other"
    DISTRICT_UNKNOWN = "district_unknown"
    EXPIRY_INVALID = "expiry_invalid"
    NAMES_DUPLICATE = "names_duplicate"
    TOKENS_TOO_MANY = "tokens_too_many"
    DIAGNOSIS_UNKNOWN = "diagnosis_unknown"
    DIAGNOSIS_DELETED = "diagnosis_deleted"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    PHOTOS_NOT_KEPT = "photos_not_kept"
    VISIT_OF_ANOTHER = "visit_of_another"
    VISIT_DELETED = "visit_deleted"
    VISIT_FULL = "visit_full"
    VISITS_TOO_MANY = "visits_too_many"
    TIME_IMPLAUSIBLE = "time_implausible"
    ARCHIVE_BROKEN = "archive_broken"
    ARCHIVE_UNSAFE = "archive_unsafe"
    ARCHIVE_TOO_LARGE = "archive_too_large"
    BUNDLE_UNUSABLE = "bundle_unusable"
    SECOND_PERSON_MISSING = "second_person_missing"
    BUSY = "busy"
    STORAGE_UNAVAILABLE = "storage_unavailable"
    NOT_READY = "not_ready"
    INTERNAL_ERROR = "internal_error"


Code = ErrorCode | RequestCode

STATUSES: Mapping[Code, HTTPStatus] = {
    ErrorCode.PHOTO_EMPTY: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.PHOTO_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorCode.PHOTO_UNSUPPORTED: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ErrorCode.HEIC_NOT_SUPPORTED: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ErrorCode.PHOTO_BROKEN: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.PHOTO_TOO_MANY_PIXELS: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.CASE_EMPTY: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.CASE_TOO_MANY_PHOTOS: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.CROP_UNKNOWN: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.CONDITION_UNKNOWN: HTTPStatus.NOT_FOUND,
    # Of all that is not listed: understood, and not to be done.
    **dict.fromkeys(RequestCode, HTTPStatus.UNPROCESSABLE_ENTITY),
    RequestCode.REQUEST_MALFORMED: HTTPStatus.BAD_REQUEST,
    RequestCode.REQUEST_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    RequestCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    RequestCode.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    RequestCode.MEDIA_TYPE_UNSUPPORTED: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    RequestCode.RANGE_NOT_SATISFIABLE: HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    RequestCode.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    RequestCode.TOKEN_INVALID: HTTPStatus.UNAUTHORIZED,
    RequestCode.ROLE_INSUFFICIENT: HTTPStatus.FORBIDDEN,
    RequestCode.DISTRICT_OTHER: HTTPStatus.FORBIDDEN,
    RequestCode.DIAGNOSIS_UNKNOWN: HTTPStatus.NOT_FOUND,
    RequestCode.DIAGNOSIS_DELETED: HTTPStatus.GONE,
    RequestCode.VISIT_OF_ANOTHER: HTTPStatus.FORBIDDEN,
    RequestCode.VISIT_DELETED: HTTPStatus.GONE,
    RequestCode.ARCHIVE_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    RequestCode.SECOND_PERSON_MISSING: HTTPStatus.FORBIDDEN,
    RequestCode.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    RequestCode.STORAGE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    RequestCode.NOT_READY: HTTPStatus.SERVICE_UNAVAILABLE,
    RequestCode.INTERNAL_ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
}
# What Flask and its extensions raise; of several codes with one status, the first.
_CODE_OF_STATUS: Mapping[int, RequestCode] = {STATUSES[code]: code for code in reversed(RequestCode)}

_FORWARDED_HEADERS = frozenset({"Allow", "Retry-After", "Content-Range"})
# A restart of a database or object store takes about this long.
_STORAGE_RETRY_S = 5
# None stands for the error's own words.
_STORE_ERRORS: Mapping[type[Exception], tuple[RequestCode, str | None]] = {
    UnknownCaseError: (RequestCode.DIAGNOSIS_UNKNOWN, None),
    NothingToSeeError: (RequestCode.PHOTOS_NOT_KEPT, None),
    StorageError: (RequestCode.STORAGE_UNAVAILABLE, "nothing was kept; send the same request again"),
    DeletedCaseError: (RequestCode.DIAGNOSIS_DELETED, "the case that was sent with this key was deleted"),
    ReusedKeyError: (RequestCode.IDEMPOTENCY_KEY_REUSED, "another case was sent with this key; make up one per case"),
}


class RequestError(Exception):
    """A request that fails outside the domain; without ``retry_after_s``, waiting does not help."""

    def __init__(
        self, code: RequestCode, message: str, *, retry_after_s: int | None = None, reason: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after_s = retry_after_s
        self.errors = {"token": [reason]} if reason else None


class InvalidRequestError(Exception):
    """A request with values that are not allowed: messages by location (``json`` or ``query``) and field."""

    def __init__(self, errors: Mapping[str, Mapping[str, list[str]]]) -> None:
        super().__init__("the request has invalid values")
        self.errors = errors


class Problem(FrozenModel):
    """A failure as described by RFC 9457; programs use the ``code``.

    ``errors`` is for ``request_invalid``, and says whether a token that is not valid is ``expired`` or ``revoked``;
    ``instance`` has the id under which the request is in the log.
    """

    type: str
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    code: Code
    errors: Mapping[str, Any] = Field(default_factory=dict)
    instance: str


def register(
    app: Flask,
    *,
    titles: Mapping[Code, str],
    render_page: Callable[[Problem], str],
    render_desk_page: Callable[[Problem], str],
) -> None:
    """Make every failure of ``app`` leave as a problem."""

    def answer(error: Exception) -> Response:
        problem = problem_of(error, titles)
        ERRORS.labels(problem.code).inc()
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log(problem, error)
        if isinstance(error, ClientDisconnected):
            UNFINISHED.labels("hung_up").inc()
        headers = {"Cache-Control": "no-store"}
        if isinstance(error, HTTPException):
            headers |= {name: value for name, value in error.get_headers() if name in _FORWARDED_HEADERS}
        if (retry_after_s := _retry_after_s(error)) is not None:
            headers["Retry-After"] = str(retry_after_s)
        if problem.code is RequestCode.TOKEN_INVALID:
            headers["WWW-Authenticate"] = "Bearer"
        if _is_asked_at_desk():
            return Response(render_desk_page(problem), problem.status, headers, mimetype="text/html")
        if _is_asked_by_page():
            return Response(render_page(problem), problem.status, headers, mimetype="text/html")
        return Response(problem.model_dump_json(), problem.status, headers, mimetype=MEDIA_TYPE)

    def log_exception(exc_info: Any) -> None:
        logger.error("%s %s: a failure could not be answered", request.method, request.url_rule, exc_info=exc_info)

    # Flask calls it if answering a failure fails too. Its default would log the address, see `_log`.
    app.log_exception = log_exception  # type: ignore[method-assign]
    app.register_error_handler(Exception, answer)


def problem_of(error: Exception, titles: Mapping[Code, str]) -> Problem:
    """Describe any exception; an unexpected one becomes ``internal_error``."""
    code, detail, errors = _describe(error, titles)
    # A name of a host that is none leads to no route.
    told = {"title": titles[code], "status": STATUSES[code], "detail": detail, "code": code, "errors": errors or {}}
    return Problem(type=f"/problems/{code}", **told, instance=f"urn:request:{g.request_id}")


def _describe(error: Exception, titles: Mapping[Code, str]) -> tuple[Code, str, Any]:
    if isinstance(error, RequestError):
        return error.code, str(error), error.errors
    if isinstance(error, PhotoError | CaseError):
        return error.code, str(error), None
    for kind, (code, detail) in _STORE_ERRORS.items():
        if isinstance(error, kind):
            return code, detail or str(error), None
    if isinstance(error, InvalidRequestError):
        return RequestCode.REQUEST_INVALID, _where(RequestCode.REQUEST_INVALID, titles), error.errors
    if isinstance(error, HTTPException) and error.code is not None and 400 <= error.code < 500:
        code = _CODE_OF_STATUS.get(error.code, RequestCode.REQUEST_MALFORMED)
        return code, _where(code, titles), None
    return RequestCode.INTERNAL_ERROR, "the request could not be answered; the operator's log says why", None


def _log(problem: Problem, error: Exception) -> None:
    """Log the route and not the address, because the address may hold the id of a case."""
    if problem.code is RequestCode.INTERNAL_ERROR:
        logger.error("%s %s: %s", request.method, request.url_rule, problem.code, exc_info=error)
    # Known troubles, and many at a time; a driver's own words may repeat what was to be stored.
    else:
        logger.warning("%s %s: %s: %s", request.method, request.url_rule, problem.code, error)


def _retry_after_s(error: Exception) -> int | None:
    if isinstance(error, RequestError):
        return error.retry_after_s
    return _STORAGE_RETRY_S if isinstance(error, StorageError) else None


def _where(code: RequestCode, titles: Mapping[Code, str]) -> str:
    if code is RequestCode.REQUEST_TOO_LARGE:
        return f"a request has at most {request.max_content_length} bytes here, and {MAX_PHOTOS} photos"
    return f"{request.method} {request.path}: {titles[code].lower()}"


def _is_asked_at_desk() -> bool:
    """Decide by the address, so that unknown pages of the desk also link back to it."""
    return request.path == DESK_PREFIX or request.path.startswith(f"{DESK_PREFIX}/")


def _is_asked_by_page() -> bool:
    """Decide by the route. Without a route, decide by the Accept header; addresses under ``/v1/`` are never pages."""
    if request.url_rule is not None:
        return request.blueprint == "pages"
    reads = request.accept_mimetypes
    return not request.path.startswith("/v1/") and reads.quality("text/html") > reads.quality(MEDIA_TYPE)
