"""``/desk/cases``: one case before a reviewer, who says what it shows and goes on to the next."""

from http import HTTPStatus
from io import BytesIO

from flask import Blueprint, Response, request, url_for
from PIL import Image

from majani.model.heatmap import render
from serving.access.ownership import unknown_case
from serving.access.role import Role
from serving.container import services
from serving.desk.case_phrasing import case_words
from serving.desk.case_view import (
    CONDITION_FIELD,
    LABEL_FIELD,
    NOTE_FIELD,
    OTHER,
    WORDS,
    CaseView,
    conditions_by_crop,
    read_review,
    view_case,
)
from serving.desk.layout import desk_page, see_other
from serving.desk.session import signed_in
from serving.desk.similar_cases import learn_from
from serving.http.errors import DESK_PREFIX, RequestCode, RequestError
from serving.persistence.case_record import CaseRecord, PhotoRecord
from serving.persistence.cases import UnknownCaseError
from serving.persistence.models import NOTE_LENGTH
from serving.persistence.review_record import NewReview
from serving.persistence.reviews import NothingToSeeError, Reviews

# In the query: the case that was saved just before.
SAVED_FIELD = "saved"
_THUMBNAIL_SIDE_PX = 192

blueprint = Blueprint("cases", __name__, url_prefix=f"{DESK_PREFIX}/cases")


@blueprint.get("/<case_id>")
def show(case_id: str) -> Response:
    """Show a case with everything that helps to tell what it is."""
    access = signed_in(Role.EXTENSION)
    return _page(_view(case_id, access.id), access.id)


@blueprint.post("/<case_id>")
def review(case_id: str) -> Response:
    """Keep what the reviewer says, in place of what they said before, and go on to the next case."""
    access = signed_in(Role.EXTENSION)
    given = {name: request.form.get(name, "") for name in (LABEL_FIELD, CONDITION_FIELD, NOTE_FIELD)}
    try:
        said = read_review(services().adviser.taxonomy, **given)
    except ValueError:
        return _page(_view(case_id, access.id), access.id, given=given, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if len(said.note or "") > NOTE_LENGTH:
        raise RequestError(RequestCode.REQUEST_INVALID, f"a note has at most {NOTE_LENGTH} characters")
    try:
        before = Reviews(services().engine).give(case_id, access.id, said)
    except UnknownCaseError as error:
        raise unknown_case(case_id) from error
    except NothingToSeeError as error:
        raise RequestError(RequestCode.REQUEST_INVALID, "no photo of this case is kept") from error
    learn_from(case_id, said.label, before)
    return see_other(url_for("desk.next_case", saved=case_id))


@blueprint.get("/<case_id>/photos/<int:position>")
def photo(case_id: str, position: int) -> Response:
    """Show a kept photo."""
    signed_in(Role.EXTENSION)
    return _private(_read(case_id, position), "image/jpeg")


@blueprint.get("/<case_id>/thumbnails/<int:position>")
def thumbnail(case_id: str, position: int) -> Response:
    """Show a small copy of it, for lists on a slow network."""
    signed_in(Role.EXTENSION)
    image = Image.open(BytesIO(_read(case_id, position)), formats=("JPEG",))
    # What is not needed is not even decoded.
    image.draft("RGB", (_THUMBNAIL_SIDE_PX, _THUMBNAIL_SIDE_PX))
    image.thumbnail((_THUMBNAIL_SIDE_PX, _THUMBNAIL_SIDE_PX))
    written = BytesIO()
    image.save(written, "JPEG", quality=80)
    return _private(written.getvalue(), "image/jpeg")


@blueprint.get("/<case_id>/heatmaps/<int:position>")
def heatmap(case_id: str, position: int) -> Response:
    """Show where on a photo the network saw what it says, to be laid over it."""
    signed_in(Role.EXTENSION)
    evidence = _photo(case_id, position).evidence
    if evidence.heatmap is None:
        raise RequestError(RequestCode.NOT_FOUND, f"photo {position} has no heatmap")
    return _private(render(evidence.heatmap, evidence.width_px, evidence.height_px), "image/png")


def find_case(case_id: str) -> CaseRecord:
    """A case for somebody who has been let in.

    Raises:
        RequestError: ``diagnosis_unknown``.
        serving.persistence.engine.StorageError: If the database is away.
    """
    try:
        return services().repository.cases.find(case_id)
    except UnknownCaseError as error:
        raise unknown_case(case_id) from error


def last_saved(reviewer: int) -> tuple[str, NewReview] | None:
    """The case that was saved just before this page, and what was said of it; None if none was."""
    saved = request.args.get(SAVED_FIELD)
    latest = [] if saved is None else Reviews(services().engine).latest(reviewer, limit=1)
    return next((one for one in latest if one[0] == saved), None)


def _view(case_id: str, reviewer: int) -> CaseView:
    case = find_case(case_id)
    return view_case(
        case,
        Reviews(services().engine).of_case(case_id),
        reviewer=reviewer,
        references=services().references,
        running_version=services().diagnoser.manifest.version,
    )


def _page(
    view: CaseView, reviewer: int, *, given: dict[str, str] | None = None, status: int = HTTPStatus.OK
) -> Response:
    own = view.own
    response = desk_page(
        "desk_case.html",
        view=view,
        case=view.case,
        given=given,
        note=given[NOTE_FIELD] if given else (own.note or "" if own else ""),
        words_for_cases=case_words(),
        verdicts=WORDS,
        conditions=conditions_by_crop(services().adviser.taxonomy),
        fields={"label": LABEL_FIELD, "condition": CONDITION_FIELD, "note": NOTE_FIELD},
        other=OTHER,
        note_length=NOTE_LENGTH,
        saved=last_saved(reviewer),
    )
    response.status_code = status
    return response


def _photo(case_id: str, position: int) -> PhotoRecord:
    case = find_case(case_id)
    if position >= len(case.photos):
        raise RequestError(RequestCode.NOT_FOUND, f"the case has {len(case.photos)} photos, counted from 0")
    return case.photos[position]


def _read(case_id: str, position: int) -> bytes:
    path = _photo(case_id, position).path
    if path is None:
        raise RequestError(RequestCode.NOT_FOUND, f"photo {position} is not kept")
    try:
        return services().repository.photos.read(path)
    except FileNotFoundError as error:
        raise unknown_case(case_id) from error


def _private(data: bytes, media_type: str) -> Response:
    response = Response(data, mimetype=media_type)
    response.cache_control.no_store = True
    return response
