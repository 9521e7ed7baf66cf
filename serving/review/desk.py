"""``/desk``: the pages of people who look at kept cases."""

from flask import Blueprint, Response, redirect, request, url_for

from serving.access.role import Role
from serving.access.sessions import Sessions
from serving.access.tokens import TokenError
from serving.problems import DESK_PREFIX, RequestCode, RequestError
from serving.rendering import TOKEN_FIELD
from serving.review.page import NEXT_FIELD, desk_page, own_address
from serving.review.session import COOKIE, check_sender, forget, remember, signed_in
from serving.services import services

blueprint = Blueprint("desk", __name__, url_prefix=DESK_PREFIX)


@blueprint.get("")
def queue() -> Response:
    """Show what is worth a look."""
    signed_in(Role.EXTENSION)
    return desk_page("desk_queue.html")


@blueprint.post("/sign-in")
def sign_in() -> Response:
    """Sign in with an access token, and go on to what was asked for."""
    check_sender()
    try:
        secret = Sessions(services().engine).start(request.form.get(TOKEN_FIELD, "").strip())
    except TokenError as error:
        raise RequestError(RequestCode.TOKEN_INVALID, "this is no access token that lets anybody in") from error
    return remember(_see_other(own_address(request.form.get(NEXT_FIELD, ""))), secret)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session, here and in the browser."""
    signed_in(Role.EXTENSION)
    Sessions(services().engine).end(request.cookies.get(COOKIE, ""))
    return forget(_see_other(url_for(".queue")))


def _see_other(address: str) -> Response:
    response = redirect(address, 303)
    response.cache_control.no_store = True
    return response  # type: ignore[return-value]
