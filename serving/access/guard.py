"""Checks the role for a route before the request is read, so that errors tell nothing about a forbidden route."""

from contextlib import suppress
from typing import cast

from flask import Flask, current_app, g, request

from serving.access.role import Role
from serving.access.tokens import PREFIX, Access, AccessTokens, TokenError
from serving.districts import Boundaries
from serving.http.errors import RequestCode, RequestError
from serving.persistence.cases import Places
from serving.persistence.engine import StorageError
from serving.persistence.models import Case

_KEY, _DISTRICTS_KEY = "majani_access_tokens", "majani_districts"


def require_role(role: Role) -> Access:
    """The client's access, which includes ``role``; an access token that cannot be checked now raises StorageError.

    Raises:
        RequestError: ``token_invalid`` without a good access token, ``role_insufficient`` with a lower role.
    """
    try:
        access = _find()
    except TokenError as error:
        raise _invalid(error) from error
    if role not in access.role.included:
        raise RequestError(RequestCode.ROLE_INSUFFICIENT, "this needs an access token with a higher role")
    return access


def init_guard(app: Flask, tokens: AccessTokens, districts: Boundaries) -> None:
    """Check the access tokens of requests to ``app`` against ``tokens``, and their districts against ``districts``."""
    app.extensions[_KEY], app.extensions[_DISTRICTS_KEY] = tokens, districts


def shown_access() -> Access | None:
    """The access of the token in the header; None without a good access token, as with another token of a case."""
    try:
        return _find()
    except TokenError:
        return None


def asking_client() -> int | None:
    """Number of the client whose key the request shows; None for all others.

    Raises:
        RequestError: ``token_invalid`` for an access token that is not good: a program whose key has ended would
            otherwise go on like a farmer and never notice.
    """
    try:
        access = _find()
    except TokenError as error:
        if _shown() is None:
            return None
        raise _invalid(error) from error
    return access.worker_id if access.role is Role.CLIENT else None


def counted_client() -> int | None:
    """The same, for counting requests: None too for a token that is not good, and while nobody can tell."""
    with suppress(RequestError, StorageError):
        return asking_client()
    return None


def district_of(access: Access) -> Places | None:
    """The places that ``access`` is bound to; None for all. ``district_other`` if the boundaries have them no more."""
    if access.district is None:
        return None
    try:
        return known_districts().cells(access.district)
    except KeyError as error:
        message = f"the operator's boundaries have no district {access.district!r} any more"
        raise RequestError(RequestCode.DISTRICT_OTHER, message) from error


def check_district(access: Access, case: Case | None) -> None:
    """Refuse a case outside of the district of ``access`` with ``district_other``.

    One without a place is outside, as is None, which stands for all cases together.
    """
    district = district_of(access)
    if district is not None and (case is None or (case.latitude, case.longitude) not in district):
        message = f"this access token is for cases of {access.district} only"
        raise RequestError(RequestCode.DISTRICT_OTHER, message)


def known_districts() -> Boundaries:
    """The operator's districts."""
    return cast(Boundaries, current_app.extensions[_DISTRICTS_KEY])


def _find() -> Access:
    shown = _shown()
    if shown is None:
        raise TokenError
    # Looked up once in a request, which counting asks for too.
    if "access" not in g:
        try:
            g.access = cast(AccessTokens, current_app.extensions[_KEY]).find(shown)
        except TokenError as error:
            g.access = error
    if isinstance(g.access, TokenError):
        raise g.access
    return cast(Access, g.access)


def _shown() -> str | None:
    """The access token of the request; a token of another kind does not reach the database."""
    shown = request.authorization
    token = shown.token if shown is not None and shown.type == "bearer" else None
    return token if token is not None and token.startswith(PREFIX) else None


def _invalid(error: TokenError) -> RequestError:
    message = "this needs an access token that is known, in time and not revoked"
    return RequestError(RequestCode.TOKEN_INVALID, message, reason=error.reason)
