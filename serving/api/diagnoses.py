"""``/v1/diagnoses``: photos of one plant in, the ranked answer out; and everything that can be done with it later."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, request, url_for

from majani.errors import ErrorCode
from majani.model.heatmap import render
from serving.access.ownership import bearer_token, readable_case, sender_case, unknown_case
from serving.access.role import Role
from serving.api.failures import responses
from serving.api.schemas.case import FeedbackEntry, KeptDiagnosis, NewDiagnosis, NewFeedback
from serving.cases.submission import read_case, read_key, require_key
from serving.container import services
from serving.http.errors import RequestCode, RequestError
from serving.i18n.negotiation import choose_language
from serving.persistence.case_record import CaseRecord, Origin, PhotoRecord
from serving.persistence.cases import UnknownCaseError
from serving.telemetry.metrics import observe_diagnosis

blueprint = APIBlueprint("diagnoses", __name__, url_prefix="/v1/diagnoses", tag="Diagnoses")

# How a request with a body may fail whatever is in it.
_UNUSABLE = (
    RequestCode.REQUEST_MALFORMED,
    RequestCode.REQUEST_TIMEOUT,
    RequestCode.REQUEST_TOO_LARGE,
    RequestCode.MEDIA_TYPE_UNSUPPORTED,
    RequestCode.REQUEST_INVALID,
    RequestCode.BUSY,
)
_REFUSED = (
    *_UNUSABLE,
    ErrorCode.PHOTO_EMPTY,
    ErrorCode.PHOTO_TOO_LARGE,
    ErrorCode.PHOTO_UNSUPPORTED,
    ErrorCode.HEIC_NOT_SUPPORTED,
    ErrorCode.PHOTO_BROKEN,
    ErrorCode.PHOTO_TOO_MANY_PIXELS,
    ErrorCode.PHOTO_UNREADABLE,
    ErrorCode.CASE_EMPTY,
    ErrorCode.CASE_TOO_MANY_PHOTOS,
    ErrorCode.CROP_UNKNOWN,
    RequestCode.IDEMPOTENCY_KEY_REUSED,
    RequestCode.DIAGNOSIS_DELETED,
    RequestCode.STORAGE_UNAVAILABLE,
)
_NOT_YOURS = (RequestCode.TOKEN_INVALID, RequestCode.DIAGNOSIS_UNKNOWN, RequestCode.STORAGE_UNAVAILABLE)


def _image(media_type: str, description: str) -> dict[int | str, Any]:
    return {200: {"description": description, "content": {media_type: {}}}}


@blueprint.post("")
@blueprint.output(
    NewDiagnosis,
    status_code=201,
    description="The answer; being uncertain and asking for a better photo are answers too.",
)
@blueprint.doc(operation_id="diagnose", responses=responses(*_REFUSED))
def diagnose() -> tuple[NewDiagnosis, int, dict[str, str]]:
    """Diagnose one case.

    Send 1 to 5 photos of one plant as a form (`photo`, repeated; `crop`, optional), or one photo as the body. A photo
    that cannot be used is reported beside the answer from the others; only if none can be read does the request fail.

    With `Idempotency-Key`, made up anew for each case, the same request can be sent again, at any time and to any
    server, until an answer arrives: it counts once, and the answer is the one that was kept.
    """
    language = choose_language(request, services().adviser.languages)
    key, case = read_key(request), read_case(request)
    answered = services().cases.answer(
        case,
        origin=Origin.API,
        language=language.tag,
        key=key,
        must_store=key is not None or case.keeps_photos,
    )
    observe_diagnosis(answered.diagnosis, origin=Origin.API)
    created = NewDiagnosis.of(answered)
    headers = {"Cache-Control": "no-store"}
    if created.id is not None:
        headers["Location"] = url_for(".show", diagnosis_id=created.id)
    return created, 201, headers


@blueprint.delete("")
@blueprint.output({}, status_code=204, description="Nothing is kept under this key, and nothing will be.")
@blueprint.doc(
    operation_id="withdrawDiagnosis",
    responses=responses(RequestCode.REQUEST_INVALID, RequestCode.STORAGE_UNAVAILABLE),
)
def withdraw() -> tuple[str, int]:
    """Delete a case by its `Idempotency-Key`, wherever it is.

    For whoever has sent a case and never heard of it: if it was kept it is deleted, and if it is still on its way, or
    is sent again, it is refused with `diagnosis_deleted`.
    """
    services().repository.withdraw(require_key(request))
    return "", 204


@blueprint.get("/<diagnosis_id>")
@blueprint.output(KeptDiagnosis, description="The answer as it was given.")
@blueprint.doc(operation_id="getDiagnosis", responses=responses(*_NOT_YOURS))
def show(diagnosis_id: str) -> tuple[KeptDiagnosis, int, dict[str, str]]:
    """Show an answer again.

    To whoever has its token, and to extension workers.
    """
    return (
        KeptDiagnosis.of(_readable(diagnosis_id, Role.EXTENSION)),
        200,
        {"Cache-Control": "no-store"},
    )


@blueprint.delete("/<diagnosis_id>")
@blueprint.output({}, status_code=204, description="It is gone, and with it photos, heatmaps, feedback and reviews.")
@blueprint.doc(operation_id="deleteDiagnosis", responses=responses(*_NOT_YOURS))
def delete(diagnosis_id: str) -> tuple[str, int]:
    """Delete an answer and everything that was kept with it.

    To whoever has its token, and to administrators. It cannot be brought back, not even by sending the case again.
    """
    services().repository.delete(_readable(diagnosis_id, Role.ADMIN))
    return "", 204


@blueprint.put("/<diagnosis_id>/feedback")
@blueprint.input(NewFeedback)
@blueprint.output(FeedbackEntry, description="The feedback that counts from now on.")
@blueprint.doc(operation_id="giveFeedback", responses=responses(*_NOT_YOURS, *_UNUSABLE, ErrorCode.CONDITION_UNKNOWN))
def give_feedback(diagnosis_id: str, json_data: NewFeedback) -> FeedbackEntry:
    """Say whether an answer was right.

    Only whoever has its token can; what they said before is replaced.
    """
    case = sender_case(services().repository.cases, diagnosis_id, bearer_token(request))
    if json_data.condition is not None:
        services().adviser.condition(json_data.condition)
    try:
        given = services().repository.cases.give_feedback(case.public_id, json_data.verdict, json_data.condition)
    except UnknownCaseError as error:
        raise unknown_case(diagnosis_id) from error
    return FeedbackEntry.of(given)


@blueprint.get("/<diagnosis_id>/heatmaps/<int:position>")
@blueprint.doc(
    operation_id="getHeatmap",
    responses=_image("image/png", "To be laid over the photo.") | responses(*_NOT_YOURS, RequestCode.NOT_FOUND),
)
def heatmap(diagnosis_id: str, position: int) -> Response:
    """Show where on a photo the answer was seen.

    A transparent PNG of the photo's shape. There is none for a photo that was not used, nor where no condition leads.
    """
    evidence = _photo(diagnosis_id, position).evidence
    if evidence.heatmap is None:
        raise RequestError(RequestCode.NOT_FOUND, f"photo {position} has no heatmap")
    return _private(render(evidence.heatmap, evidence.width_px, evidence.height_px), "image/png")


@blueprint.get("/<diagnosis_id>/photos/<int:position>")
@blueprint.doc(
    operation_id="getPhoto",
    responses=_image("image/jpeg", "The photo as it is kept.") | responses(*_NOT_YOURS, RequestCode.NOT_FOUND),
)
def photo(diagnosis_id: str, position: int) -> Response:
    """Show a kept photo: its pixels, without anything else that was in the file."""
    path = _photo(diagnosis_id, position).path
    if path is None:
        raise RequestError(RequestCode.NOT_FOUND, f"photo {position} is not kept")
    try:
        return _private(services().repository.photos.read(path), "image/jpeg")
    except FileNotFoundError as error:
        raise unknown_case(diagnosis_id) from error


def _readable(diagnosis_id: str, role: Role) -> CaseRecord:
    return readable_case(services().repository.cases, request, diagnosis_id, role)


def _photo(diagnosis_id: str, position: int) -> PhotoRecord:
    case = _readable(diagnosis_id, Role.EXTENSION)
    if position >= len(case.photos):
        raise RequestError(RequestCode.NOT_FOUND, f"the case has {len(case.photos)} photos, counted from 0")
    return case.photos[position]


def _private(data: bytes, media_type: str) -> Response:
    response = Response(data, mimetype=media_type)
    response.cache_control.no_store = True
    return response
