"""Renders a page of the desk: navigation, who is signed in, languages. No browser stores it."""

import re
from http import HTTPStatus
from urllib.parse import quote, urlencode

from flask import Response, after_this_request, current_app, make_response, request, url_for

from serving.clock import now
from serving.container import services
from serving.desk.case_phrasing import case_words
from serving.desk.session import FORM_TOKEN_FIELD, visitor
from serving.http.errors import DESK_PREFIX, Problem, RequestCode
from serving.i18n.messages import NOT_ACCEPTED, TOKEN_ENDED
from serving.i18n.negotiation import LANGUAGE_FIELD
from serving.site.rendering import keep_language, page

NEXT_FIELD = "next"
# Matches addresses of the desk only. Any other could lead to another site.
_OWN_ADDRESS = re.compile(rf"{DESK_PREFIX}(/(?!\.\.)[\w.-]*)*(\?[\w=&.%-]*)?", re.ASCII)


def desk_page(template: str, **content: object) -> Response:
    """Render a page after :func:`serving.desk.session.signed_in`."""
    response = make_response(_render(template, **content))
    response.cache_control.no_store = True
    return response


def see_other(address: str) -> Response:
    """Lead to another page after a form."""
    response = make_response("", HTTPStatus.SEE_OTHER)
    response.location = address
    response.cache_control.no_store = True
    return response


def render_problem(problem: Problem) -> str:
    """A failure at the desk; without a session, the form to sign in, which leads back here."""
    if problem.code is RequestCode.TOKEN_INVALID:
        [reason] = problem.errors.get("token", [None])
        refused = TOKEN_ENDED.get(reason, NOT_ACCEPTED if _has_tried() else None)
        return _render("desk_sign_in.html", code=problem.code, next=own_address(_here()), refused=refused)
    return _render("desk_problem.html", title=problem.title, code=problem.code)


def own_address(address: str) -> str:
    """The address if it is one of the desk, else the desk's first page."""
    return address if _OWN_ADDRESS.fullmatch(address) else url_for("desk.queue")


def _here() -> str:
    # Only there: the form of a visitor who was refused must not be parsed, which costs more than the refusal.
    if _has_tried():
        return request.form.get(NEXT_FIELD, "")
    adapter = current_app.create_url_adapter(request)
    # What a button asks for is no page to come back to.
    return request.full_path.rstrip("?") if adapter is not None and adapter.test(method="GET") else ""


def _has_tried() -> bool:
    return request.endpoint == "desk.sign_in"


def _render(template: str, **content: object) -> str:
    if request.args.get(LANGUAGE_FIELD) in services().adviser.languages:
        after_this_request(keep_language)
    found = visitor()
    fixed = {
        "desk": case_words(),
        "access": None if found is None else found.access,
        "moment": now(),
        "form_token": "" if found is None else found.form_token,
        "form_token_field": FORM_TOKEN_FIELD,
        "next_field": NEXT_FIELD,
        "language_address": _in_language,
        "endpoint": request.endpoint,
    }
    return page(template, **fixed | content)


def _in_language(tag: str) -> str:
    """This page in another language; where a form led here, the desk's first page, because a form is sent only once."""
    if request.method != "GET" or request.endpoint is None:
        return url_for("desk.queue", language=tag)
    others = [(name, value) for name, value in request.args.items(multi=True) if name != LANGUAGE_FIELD]
    return f"{quote(request.path)}?{urlencode([*others, (LANGUAGE_FIELD, tag)])}"
