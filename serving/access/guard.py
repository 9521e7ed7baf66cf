"""Checks the role for a route before the request is read, so that errors tell nothing about a forbidden route."""

from typing import cast

from flask import Flask, current_app, request

from serving.access.role import Role
from serving.access.tokens import PREFIX, Access, AccessTokens, TokenError
from serving.http.errors import RequestCode, RequestError

_KEY = "majani_access_tokens"


def require_role(role: Role) -> Access:
    """The client's access, which includes ``role``; an access token that cannot be checked now raises StorageError.

    Raises:
        RequestError: ``token_invalid`` without a good access token, ``role_insufficient`` with a lower role.
    """
    access = shown_access()
    if access is None:
        message = "this needs an access token that is known, in time and not revoked"
        raise RequestError(RequestCode.TOKEN_INVALID, message)
    if role not in access.role.included:
        raise RequestError(RequestCode.ROLE_INSUFFICIENT, "this needs an access token with a higher role")
    return access


def init_guard(app: Flask, tokens: AccessTokens) -> None:
    """Check the access tokens of requests to ``app`` against ``tokens``."""
    app.extensions[_KEY] = tokens


def shown_access() -> Access | None:
    """The access of the token in the header; None without a good access token, as with another token of a case."""
    shown = request.authorization
    # A token of another kind does not reach the database, so garbage cannot keep it busy.
    if shown is None or shown.type != "bearer" or shown.token is None or not shown.token.startswith(PREFIX):
        return None
    try:
        return cast(AccessTokens, current_app.extensions[_KEY]).find(shown.token)
    except TokenError:
        return None
