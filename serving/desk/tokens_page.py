"""``/desk/tokens``: an administrator makes and revokes access tokens, and sees which expire soon or are not used."""

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, Response, request, url_for

from serving.access.role import Role
from serving.access.tokens import DEFAULT_DAYS, MAX_DAYS, Access, AccessTokens, TokenError, is_name
from serving.clock import now
from serving.container import services
from serving.desk.layout import desk_page, see_other
from serving.desk.session import signed_in
from serving.http.errors import DESK_PREFIX, RequestCode, RequestError
from serving.i18n.catalogue import sentence
from serving.persistence.models import SLUG_LENGTH

ROLES: Mapping[Role, str] = {
    Role.EXTENSION: sentence("Extension worker"),
    Role.AGRONOMIST: sentence("Agronomist"),
    Role.ADMIN: sentence("Administrator"),
}
# Enough to reach a device in a village.
_SOON = timedelta(days=14)

blueprint = Blueprint("tokens", __name__, url_prefix=f"{DESK_PREFIX}/tokens")


@blueprint.get("")
def show() -> Response:
    """Show all access tokens: whose, until when, when last used."""
    return _page(signed_in(Role.ADMIN))


@blueprint.post("")
def create() -> Response:
    """Make an access token and show it, this once."""
    access = signed_in(Role.ADMIN)
    name, days = request.form.get("name", "").strip(), request.form.get("days", type=int, default=0)
    role = request.form.get("role")
    if not is_name(name) or role not in set(Role) or not 1 <= days <= MAX_DAYS:
        raise RequestError(RequestCode.REQUEST_INVALID, "name, role or days are not allowed")
    return _page(access, made=AccessTokens(services().engine).create(name, Role(role), timedelta(days=days)))


@blueprint.post("/<int:token_id>/replace")
def replace(token_id: int) -> Response:
    """Revoke an access token, and show one for the same worker, this once."""
    access = signed_in(Role.ADMIN)
    try:
        made = AccessTokens(services().engine).replace(token_id, timedelta(days=DEFAULT_DAYS))
    except TokenError as error:
        raise RequestError(RequestCode.NOT_FOUND, f"there is no access token {token_id}") from error
    return _page(access, made=made)


@blueprint.post("/<int:token_id>/revoke")
def revoke(token_id: int) -> Response:
    """Revoke an access token, from the next request on."""
    signed_in(Role.ADMIN)
    try:
        AccessTokens(services().engine).revoke(token_id)
    except TokenError as error:
        raise RequestError(RequestCode.NOT_FOUND, f"there is no access token {token_id}") from error
    return see_other(url_for(".show"))


def _page(own: Access, made: str | None = None) -> Response:
    moment = now()
    # Those that still work first, and of them the one that ends first.
    tokens = sorted(
        AccessTokens(services().engine).list(), key=lambda access: (not access.is_good(moment), access.expires_at)
    )
    return desk_page(
        "desk_tokens.html",
        tokens=tokens,
        own=own,
        made=made,
        moment=moment,
        soon=moment + _SOON,
        roles=ROLES,
        default_days=DEFAULT_DAYS,
        max_days=MAX_DAYS,
        name_length=SLUG_LENGTH,
    )
