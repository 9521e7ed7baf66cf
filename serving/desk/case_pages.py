"""``/desk/cases``: one case before a reviewer, who says what it shows and goes on to the next."""

import logging
from http import HTTPStatus
from io import BytesIO

from flask import Blueprint, Response, request, url_for
from PIL import Image, ImageOps
from sqlalchemy import Row

from majani.text.language import ENGLISH
from serving.access.guard import check_district, district_of
from serving.access.role import Role
from serving.access.tokens import Access
from serving.cases.case_files import read_photo, send_heatmap
from serving.container import services
from serving.desk.case_view import FIELDS, OTHER, WORDS, CaseView, conditions_by_crop, read_review, view_case
from serving.desk.layout import desk_page, see_other
from serving.desk.report_page import SAID
from serving.desk.session import signed_in
from serving.desk.similar_cases import raise_similar_cases
from serving.http.document import private_file
from serving.http.errors import DESK_PREFIX, RequestCode, RequestError
from serving.i18n.answer_words import AnswerWords
from serving.i18n.messages import REPLIES
from serving.persistence.cases import MOST_REPORTS, REPORT_STANDS
from serving.persistence.models import NOTE_LENGTH, SLUG_LENGTH, Case, Review
from serving.persistence.reviews import Reviews
from serving.site.rendering import wording_of_reader
from serving.telemetry.metrics import REPORTS

# Query parameter for the case that was saved just before.
SAVED_FIELD = "saved"
_THUMBNAIL_SIDE_PX = 256
_MOST_SHOWN = 120

logger = logging.getLogger(__name__)
blueprint = Blueprint("cases", __name__, url_prefix=f"{DESK_PREFIX}/cases")


@blueprint.get("/<case_id>")
def show(case_id: str) -> Response:
    """Show a case with everything that helps to tell what it is."""
    access = signed_in(Role.EXTENSION)
    return _page(_view(_case(case_id, access), access.worker_id), access.worker_id)


@blueprint.post("/<case_id>")
def review(case_id: str) -> Response:
    """Save a review in place of the reviewer's earlier one, and go on to the next case."""
    access = signed_in(Role.EXTENSION)
    case = _case(case_id, access)
    fields = {name: request.form.get(name, "") for name in FIELDS}
    try:
        new_review = read_review(services().adviser.taxonomy, **fields)
    except ValueError:
        return _page(
            _view(case, access.worker_id), access.worker_id, fields=fields, status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    if len(new_review.note or "") > NOTE_LENGTH:
        raise RequestError(RequestCode.REQUEST_INVALID, f"a note has at most {NOTE_LENGTH} characters")
    if new_review.remark is not None and new_review.remark not in services().adviser.languages[ENGLISH].remarks:
        raise RequestError(RequestCode.REQUEST_INVALID, f"there is no remark {new_review.remark[:SLUG_LENGTH]!r}")
    earlier_label = Reviews(services().engine).save(case_id, access.worker_id, new_review)
    raise_similar_cases(case_id, new_review.label, earlier_label)
    return see_other(url_for("desk.next_case", saved=case_id))


@blueprint.post("/<case_id>/report")
def report(case_id: str) -> Response:
    """Hide a case with a photo that must not be here, until an agronomist decides."""
    access = signed_in(Role.EXTENSION)
    _case(case_id, access)
    if not services().repository.cases.report(case_id, access.worker_id):
        raise RequestError(RequestCode.RATE_LIMITED, f"a worker reports at most {MOST_REPORTS} cases a day")
    REPORTS.inc()
    logger.warning("worker r%d reported case %s; its photos are hidden", access.worker_id, case_id)
    return see_other(url_for("desk.next_case"))


@blueprint.get("")
def reported() -> Response:
    """List the reported cases, which wait for a decision."""
    district = district_of(signed_in(Role.AGRONOMIST))
    found = services().repository.cases.reported(district=district, limit=_MOST_SHOWN)
    return desk_page("desk_reported.html", found=found, days=REPORT_STANDS.days)


@blueprint.post("/<case_id>/put-back")
def put_back(case_id: str) -> Response:
    """Show a case again that was reported by mistake."""
    access = signed_in(Role.AGRONOMIST)
    services().repository.cases.put_back(_case(case_id, access).public_id)
    logger.warning("worker r%d put case %s back", access.worker_id, case_id)
    return see_other(url_for(".reported"))


@blueprint.post("/<case_id>/delete")
def delete(case_id: str) -> Response:
    """Delete a reported case for good."""
    access = signed_in(Role.AGRONOMIST)
    case = _case(case_id, access)
    if case.reported_at is None:
        raise RequestError(RequestCode.NOT_FOUND, "this case is not reported")
    services().repository.delete(case_id)
    logger.warning("worker r%d deleted case %s, which was reported", access.worker_id, case_id)
    return see_other(url_for(".reported"))


@blueprint.get("/<case_id>/photos/<int:position>")
def photo(case_id: str, position: int) -> Response:
    """Show a stored photo."""
    case = _case(case_id, signed_in(Role.EXTENSION))
    return private_file(read_photo(services().repository, case, position), "image/jpeg")


@blueprint.get("/<case_id>/thumbnails/<int:position>")
def thumbnail(case_id: str, position: int) -> Response:
    """Show a small copy of it, for lists on a slow network."""
    case = _case(case_id, signed_in(Role.EXTENSION))
    return private_file(small_copy(read_photo(services().repository, case, position)), "image/jpeg")


@blueprint.get("/<case_id>/heatmaps/<int:position>")
def heatmap(case_id: str, position: int) -> Response:
    """Show where on a photo the network saw what it says, to be laid over it."""
    return send_heatmap(_case(case_id, signed_in(Role.EXTENSION)), position)


def small_copy(data: bytes) -> bytes:
    """The middle of a photo as a small square; raises RequestError ``not_found`` for one that is damaged."""
    try:
        image = Image.open(BytesIO(data), formats=("JPEG",))
        # Decodes no more pixels than needed.
        image.draft("RGB", (_THUMBNAIL_SIDE_PX, _THUMBNAIL_SIDE_PX))
        small = ImageOps.fit(image, (_THUMBNAIL_SIDE_PX, _THUMBNAIL_SIDE_PX))
    except OSError as error:
        raise RequestError(RequestCode.NOT_FOUND, "the photo is damaged") from error
    written = BytesIO()
    small.save(written, "JPEG", quality=80)
    return written.getvalue()


def last_saved(reviewer: int) -> Row[str, Review] | None:
    """The case that was saved just before this page, and its review; None if none was."""
    saved = request.args.get(SAVED_FIELD)
    latest = [] if saved is None else Reviews(services().engine).latest(reviewer, limit=1)
    return next((review for review in latest if review[0] == saved), None)


def _case(case_id: str, access: Access) -> Case:
    case = services().repository.cases.find(case_id)
    check_district(access, case)
    return case


def _view(case: Case, reviewer: int) -> CaseView:
    return view_case(
        case,
        Reviews(services().engine).of_case(case.public_id),
        reviewer=reviewer,
        references=services().references,
        examples=services().examples,
        running_version=services().diagnoser.manifest.version,
    )


def _page(
    view: CaseView, reviewer: int, *, fields: dict[str, str] | None = None, status: int = HTTPStatus.OK
) -> Response:
    own, question, wording = view.own, view.case.replied, wording_of_reader()
    response = desk_page(
        "desk_case.html",
        answer=AnswerWords(view.case.diagnosis, wording, services().adviser),
        asked=services().adviser.ask(question, wording.language) if question and question.reply else None,
        view=view,
        case=view.case,
        entered=fields,
        note=fields["note"] if fields else (own.note or "" if own else ""),
        remark=fields["remark"] if fields else (own.remark if own else None),
        verdicts=WORDS,
        replies=REPLIES,
        said=SAID,
        conditions=conditions_by_crop(services().adviser.taxonomy),
        other=OTHER,
        note_length=NOTE_LENGTH,
        saved=last_saved(reviewer),
    )
    response.status_code = status
    return response
