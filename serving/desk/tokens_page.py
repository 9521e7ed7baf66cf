"""``/desk/tokens``: who gets in, by device or desk, and which access tokens expire soon or are not used."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus

from flask import Blueprint, Response, request, url_for

from serving.access.batch import Batch, read_batch, sheet
from serving.access.guard import known_districts
from serving.access.role import Role
from serving.access.tokens import DEFAULT_DAYS, MAX_DAYS, Access, AccessTokens, TokenError
from serving.clock import now
from serving.container import services
from serving.desk.layout import desk_page, see_other
from serving.desk.session import signed_in
from serving.http.errors import DESK_PREFIX, STATUSES, RequestCode, RequestError
from serving.i18n.catalogue import sentence
from serving.i18n.messages import TITLES
from serving.persistence.engine import MAX_ID

# Programs get theirs from the command line: a sheet signs a phone in.
ROLES: Mapping[Role, str] = {
    Role.EXTENSION: sentence("Extension worker"),
    Role.AGRONOMIST: sentence("Agronomist"),
    Role.ADMIN: sentence("Administrator"),
}
blueprint = Blueprint("tokens", __name__, url_prefix=f"{DESK_PREFIX}/tokens")


@blueprint.get("")
def show() -> Response:
    """Show all access tokens: whose, until when, when last used."""
    return _page(signed_in(Role.ADMIN))


@blueprint.post("")
def create() -> Response:
    """Make access tokens and show their sheets, this once."""
    access, tokens = signed_in(Role.ADMIN), AccessTokens(services().engine)
    try:
        batch = read_batch(request.form, tokens, known_districts().districts)
    except RequestError as error:
        return _page(access, problem=error)
    return _print(
        batch, tokens.create_batch(batch.names, batch.role, batch.lasts, district=batch.district, by=access.id)
    )


@blueprint.post("/<int:token_id>/replace")
def replace(token_id: int) -> Response:
    """Revoke an access token, and show the sheet of one for the same worker, this once."""
    access, tokens, lasts = signed_in(Role.ADMIN), AccessTokens(services().engine), timedelta(days=DEFAULT_DAYS)
    with _known(token_id):
        made = tokens.replace(token_id, lasts, by=access.id)
    [former] = (access for access in tokens.list() if access.id == token_id)
    return _print(Batch((former.name,), former.role, lasts, former.district), [made])


@blueprint.post("/<int:token_id>/revoke")
def revoke(token_id: int) -> Response:
    """Revoke an access token, or all that were made with it, from the next request on."""
    access = signed_in(Role.ADMIN)
    with _known(token_id):
        AccessTokens(services().engine).revoke(token_id, by=access.id, whole_batch="batch" in request.form)
    return see_other(url_for(".show"))


@contextmanager
def _known(token_id: int) -> Iterator[None]:
    """Do what needs an access token, or raise ``not_found``."""
    try:
        if token_id > MAX_ID:
            raise TokenError
        yield
    except TokenError as error:
        raise RequestError(RequestCode.NOT_FOUND, f"there is no access token {token_id}") from error


def _print(batch: Batch, tokens: Sequence[str]) -> Response:
    sheets = [sheet(*named) for named in zip(batch.names, tokens, strict=True)]
    return desk_page("desk_token_sheets.html", sheets=sheets, batch=batch, roles=ROLES, until=now() + batch.lasts)


def _page(own: Access, problem: RequestError | None = None) -> Response:
    moment = now()
    # Those that still work first, and of them the one that ends first.
    tokens = sorted(
        AccessTokens(services().engine).list(), key=lambda access: (not access.is_good(moment), access.expires_at)
    )
    good = [access for access in tokens if access.is_good(moment) and access.id != own.id]
    batches = Counter(access.created_at for access in good)
    response = desk_page(
        "desk_tokens.html",
        tokens=tokens,
        own=own,
        names={access.id: access.name for access in tokens},
        batches=[(access, size) for access in good if (size := batches.pop(access.created_at, 1)) > 1],
        problem=problem,
        title=problem and TITLES[problem.code],
        entered=request.form,
        districts=known_districts().districts,
        roles=ROLES,
        default_days=DEFAULT_DAYS,
        max_days=MAX_DAYS,
    )
    response.status_code = STATUSES[problem.code] if problem else HTTPStatus.OK
    return response
