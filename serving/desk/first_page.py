"""``/desk``: signing in, what waits, the way to the next case, known photos; and signing out."""

from flask import Blueprint, Response, request, url_for

from serving.access.guard import district_of, known_districts
from serving.access.role import Role
from serving.access.sessions import Sessions
from serving.access.tokens import TokenError
from serving.container import services
from serving.desk.case_pages import SAVED_FIELD, last_saved
from serving.desk.case_phrasing import REASONS
from serving.desk.layout import NEXT_FIELD, desk_page, own_address, see_other
from serving.desk.session import check_sender, forget, remember, session_secret, signed_in
from serving.http.document import private_file
from serving.http.errors import DESK_PREFIX, RequestCode, RequestError
from serving.persistence.reviews import ReviewQueue, Reviews
from serving.site.rendering import TOKEN_FIELD

# Enough to see what is coming, and as much of it as a page takes.
SHOWN_CASES = 12
MOST_SHOWN_CASES = 120
# Query parameter: all that fit.
ALL_FIELD = "all"
SHOWN_REVIEWS = 5

blueprint = Blueprint("desk", __name__, url_prefix=DESK_PREFIX)


@blueprint.get("")
def queue() -> Response:
    """Show the cases of highest review priority, all or as chosen, and the reviewer's latest reviews."""
    access, waiting, reviews = signed_in(Role.EXTENSION), ReviewQueue(services().engine), Reviews(services().engine)
    district, boundaries = district_of(access), known_districts()
    offered = {
        "crop": [known.id for known in services().adviser.taxonomy.crops],
        "reason": list(REASONS),
        "sender": list(services().adviser.languages),
        "place": [] if access.district else list(boundaries.districts),
    }
    chosen = {name: said for name, all_of in offered.items() if (said := request.args.get(name)) in all_of}
    near = boundaries.cells(chosen["place"]) if "place" in chosen else district
    limit = MOST_SHOWN_CASES if chosen or ALL_FIELD in request.args else SHOWN_CASES
    return desk_page(
        "desk_queue.html",
        cases=waiting.top(
            access.worker_id,
            limit=limit,
            district=near,
            crop=chosen.get("crop"),
            language=chosen.get("sender"),
            reason=chosen.get("reason"),
        ),
        offered=offered,
        chosen=chosen,
        language_names={tag: known.name for tag, known in services().adviser.languages.items()},
        limit=limit,
        count=waiting.count(access.worker_id, district=district),
        latest=reviews.latest(access.worker_id, limit=SHOWN_REVIEWS),
        saved=last_saved(access.worker_id),
    )


@blueprint.get("/next")
def next_case() -> Response:
    """Lead to the case of highest priority that no other reviewer has open, and mark it as open for some minutes."""
    access, saved = signed_in(Role.EXTENSION), request.args.get(SAVED_FIELD)
    district, waiting = district_of(access), ReviewQueue(services().engine)
    case_id = None if request.method == "HEAD" else waiting.open_next(access.worker_id, district=district)
    # Passed on, so that the next page can say that the last case was saved.
    if case_id is None:
        return see_other(url_for(".queue", saved=saved))
    return see_other(url_for("cases.show", case_id=case_id, saved=saved))


@blueprint.get("/known/<int:position>")
def known_photo(position: int) -> Response:
    """Show a known photo, to compare a case with."""
    signed_in(Role.EXTENSION)
    references = services().references
    if references is None or position >= len(references.listed.photos):
        raise RequestError(RequestCode.NOT_FOUND, f"there is no known photo {position}")
    try:
        data = references.photo(position).read_bytes()
    # The folder has been made anew since this process read its list.
    except OSError as error:
        raise RequestError(RequestCode.NOT_FOUND, f"known photo {position} is gone") from error
    return private_file(data, "image/jpeg")


@blueprint.post("/sign-in")
def sign_in() -> Response:
    """Sign in with an access token, and go on to what was asked for."""
    check_sender()
    try:
        secret = Sessions(services().engine).start(request.form.get(TOKEN_FIELD, "").strip())
    except TokenError as error:
        raise RequestError(RequestCode.TOKEN_INVALID, str(error), reason=error.reason) from error
    return remember(see_other(own_address(request.form.get(NEXT_FIELD, ""))), secret)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session, here and in the browser."""
    signed_in(Role.EXTENSION)
    Sessions(services().engine).end(session_secret())
    return forget(see_other(url_for(".queue")))
