"""Checks the role for a route before the request is read, so that errors tell nothing about a forbidden route."""

from typing import cast

from flask import Flask, current_app, request

from serving.access.role import Role
from serving.access.tokens import PREFIX, Access, AccessTokens, TokenError
from serving.districts import Boundaries
from serving.http.errors import RequestCode, RequestError
from serving.persistence.case_record import CaseRecord
from serving.persistence.cases import Places

_KEY, _DISTRICTS_KEY = "majani_access_tokens", "majani_districts"


def require_role(role: Role) -> Access:
    """The client's access, which includes ``role``; an access token that cannot be checked now raises StorageError.

    Raises:
        RequestError: ``token_invalid`` without a good access token, ``role_insufficient`` with a lower role.
    """
    try:
        access = _find()
    except TokenError as error:
        message = "this needs an access token that is known, in time and not revoked"
        raise RequestError(RequestCode.TOKEN_INVALID, message, reason=error.reason) from error
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


def district_of(access: Access) -> Places | None:
    """The places that ``access`` is bound to; None for all. ``district_other`` if the boundaries have them no more."""
    if access.district is None:
        return None
    try:
        return known_districts().cells(access.district)
    except KeyError as error:
        message = f"the operator's boundaries have no district {access.district!r} any more"
        raise RequestError(RequestCode.DISTRICT_OTHER, message) from error


def check_district(access: Access, case: CaseRecord | None) -> None:
    """Refuse a case outside of the district of ``access`` with ``district_other``.

    One without a place is outside, as is None, which stands for all cases together.
    """
    district, place = district_of(access), None if case is None else case.location
    if district is not None and (place is None or (place.latitude, place.longitude) not in district):
        message = f"this access token is for cases of {access.district} only"
        raise RequestError(RequestCode.DISTRICT_OTHER, message)


def known_districts() -> Boundaries:
    """The operator's districts."""
    return cast(Boundaries, current_app.extensions[_DISTRICTS_KEY])


def _find() -> Access:
    shown = request.authorization
    # A token of another kind does not reach the database, so garbage cannot keep it busy.
    if shown is None or shown.type != "bearer" or shown.token is None or not shown.token.startswith(PREFIX):
        raise TokenError
    return cast(AccessTokens, current_app.extensions[_KEY]).find(shown.token)
