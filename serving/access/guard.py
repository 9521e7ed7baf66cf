"""How a route demands a role, and how the description says that it does.

A route for one role and all higher ones::

    @blueprint.get("/usage")
    @blueprint.auth_required(bearer, roles=[Role.AGRONOMIST])
    @blueprint.doc(responses=responses(*REFUSALS))

The guard stands above everything that reads the request, so that nobody learns from an error what they may not use.
A route that only answers differently to some callers asks :func:`optional_role` instead.
"""

from http import HTTPStatus
from typing import NoReturn, cast

from apiflask import HTTPTokenAuth
from flask import Flask, current_app, request

from serving.access.role import Role
from serving.access.tokens import PREFIX, Access, AccessTokens, TokenError
from serving.http.errors import RequestCode, RequestError

_KEY = "majani_access_tokens"

# Holds no state: whom a request comes from is kept with that request.
bearer = HTTPTokenAuth(
    security_scheme_name="AccessToken",
    description="For people with a role; made with `flask --app serving.app access create`.",
)
# How a guarded route may fail besides its own ways.
REFUSALS = (RequestCode.TOKEN_INVALID, RequestCode.ROLE_INSUFFICIENT, RequestCode.STORAGE_UNAVAILABLE)


def init_guard(app: Flask, tokens: AccessTokens) -> None:
    """Check the access tokens of requests to ``app`` against ``tokens``."""
    app.extensions[_KEY] = tokens


def optional_role() -> Role | None:
    """The role of whoever asks, or None for everybody who has shown no good access token.

    Another kind of token, such as that of a case, is none; whoever accepts it checks it.

    Raises:
        serving.persistence.engine.StorageError: If an access token was shown and cannot be checked right now.
    """
    access = shown_access()
    return None if access is None else access.role


def shown_access() -> Access | None:
    """What the access token in the header is good for; None without a good one.

    Raises:
        serving.persistence.engine.StorageError: As for :func:`optional_role`.
    """
    shown = request.authorization
    if shown is None or shown.type != "bearer" or shown.token is None:
        return None
    found: Access | None = _find(shown.token)
    return found


@bearer.verify_token  # type: ignore[untyped-decorator]
def _find(token: str) -> Access | None:
    # Without a look into the database, which garbage should not be able to keep busy.
    if not token.startswith(PREFIX):
        return None
    try:
        return cast(AccessTokens, current_app.extensions[_KEY]).find(token)
    except TokenError:
        return None


@bearer.get_user_roles  # type: ignore[untyped-decorator]
def _roles(access: Access) -> list[Role]:
    return list(access.role.included)


@bearer.error_handler  # type: ignore[untyped-decorator]
def _refuse(status: int) -> NoReturn:
    if status == HTTPStatus.FORBIDDEN:
        raise RequestError(RequestCode.ROLE_INSUFFICIENT, "this needs an access token with a higher role")
    raise RequestError(RequestCode.TOKEN_INVALID, "this needs an access token that is known, in time and not revoked")
