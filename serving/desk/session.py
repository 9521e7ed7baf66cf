"""Who is signed in at the desk, and that a form was sent from the desk's own pages.

A route calls ``signed_in(role)`` before it reads the request, so that an error tells nothing about a page that the
client may not use. Programs show an access token in the ``Authorization`` header instead, and then need no cookie.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Response, g, request

from serving.access.guard import shown_access
from serving.access.role import Role
from serving.access.sessions import LASTS, Sessions
from serving.access.tokens import Access, AccessTokens, TokenError
from serving.container import services
from serving.http.errors import DESK_PREFIX, RequestCode, RequestError
from serving.http.limits import allow_upload

_COOKIE = "desk"
FORM_TOKEN_FIELD = "form_token"  # noqa: S105 - a name, not a secret
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Browsers send it over encrypted connections: who made this request.
_OWN_PAGES = frozenset({"same-origin", "none"})

Item = TypeVar("Item")


@dataclass(frozen=True)
class SignedIn:
    """A person at the desk; the form token proves that a form is of this session, and is empty without a cookie."""

    access: Access
    form_token: str


def signed_in(role: Role) -> Access:
    """Let in a person who is signed in with at least this role.

    Raises:
        RequestError: ``token_invalid``, which shows the form to sign in; ``role_insufficient``; ``request_invalid`` for
            a form that was sent from elsewhere.
    """
    found = _find()
    if role not in found.access.role.included:
        raise RequestError(RequestCode.ROLE_INSUFFICIENT, f"this needs an access token with the role {role}")
    allow_upload()
    if found.form_token and request.method not in _SAFE_METHODS:
        check_sender()
        if not hmac.compare_digest(found.form_token.encode(), request.form.get(FORM_TOKEN_FIELD, "").encode()):
            raise RequestError(RequestCode.REQUEST_INVALID, "the form is not of this session; open the page again")
    g.signed_in = found
    return found.access


def while_good(access: Access, items: Iterable[Item]) -> Iterator[Item]:
    """The items of a request that takes long, until the person's token ends: then ``token_invalid``."""
    tokens = AccessTokens(services().engine)
    for item in items:
        try:
            tokens.check(access)
        except TokenError as error:
            message = "the access token has ended meanwhile"
            raise RequestError(RequestCode.TOKEN_INVALID, message, reason=error.reason) from error
        yield item


def visitor() -> SignedIn | None:
    """Return the signed-in reviewer of this request, for the parts of every page."""
    found: SignedIn | None = g.get("signed_in")
    return found


def check_sender() -> None:
    """Refuse a form that a page of another site has sent, with ``request_invalid``."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    # Older browsers, and all over connections without encryption, send the second only.
    is_own = site in _OWN_PAGES if site else origin is None or origin.partition("://")[2] == request.host
    if not is_own:
        raise RequestError(RequestCode.REQUEST_INVALID, "another site's page sent this")


def session_secret() -> str:
    """The secret that the browser shows; empty if it shows none."""
    return request.cookies.get(_cookie(), "")


def remember(response: Response, secret: str) -> Response:
    """Have the browser keep the secret of its session, out of reach of scripts and of other sites."""
    response.set_cookie(_cookie(), secret, max_age=LASTS, **_bounds())
    return response


def forget(response: Response) -> Response:
    """Have the browser forget it."""
    response.delete_cookie(_cookie(), **_bounds())
    return response


def _find() -> SignedIn:
    if (access := shown_access()) is not None:
        return SignedIn(access, "")
    secret = session_secret()
    try:
        if not secret:
            raise TokenError
        return SignedIn(Sessions(services().engine).find(secret), _form_token(secret))
    except TokenError as error:
        message = "sign in at the desk with an access token"
        raise RequestError(RequestCode.TOKEN_INVALID, message, reason=error.reason) from error


def _cookie() -> str:
    """Browsers take one with the prefix over encrypted connections only, so nobody on the way can plant it."""
    return f"__Secure-{_COOKIE}" if request.is_secure else _COOKIE


def _bounds() -> dict[str, Any]:
    return {"path": DESK_PREFIX, "secure": request.is_secure, "httponly": True, "samesite": "Strict"}


def _form_token(secret: str) -> str:
    """Derive the form token from the session's secret. Nothing has to be stored, and the token does not reveal it."""
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()
