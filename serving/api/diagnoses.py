"""``/v1/diagnoses``: photos of one plant in, the ranked answer out, and what its sender can do with it later."""

from typing import Any

from flask import Blueprint, Response, request, url_for

from majani.model.heatmap import render
from serving.access.ownership import bearer_token, readable_case, sender_case, unknown_case
from serving.access.role import Role
from serving.api.schemas.case import FeedbackEntry, KeptDiagnosis, NewDiagnosis, NewFeedback
from serving.cases.submission import read_case, read_key, require_key
from serving.container import services
from serving.http.document import respond_private
from serving.http.errors import RequestCode, RequestError
from serving.http.validation import validated
from serving.i18n.negotiation import choose_language
from serving.persistence.case_record import CaseRecord, Origin, PhotoRecord
from serving.persistence.cases import UnknownCaseError
from serving.telemetry.metrics import observe_diagnosis

blueprint = Blueprint("diagnoses", __name__, url_prefix="/v1/diagnoses")


@blueprint.post("")
def diagnose() -> Response:
    """Diagnose one case."""
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
    response = respond_private(created, status=201)
    if created.id is not None:
        response.location = url_for(".show", diagnosis_id=created.id)
    return response


@blueprint.delete("")
def withdraw() -> tuple[str, int]:
    """Delete a case by its ``Idempotency-Key``. A case that arrives later with this key is refused."""
    services().repository.withdraw(require_key(request))
    return "", 204


@blueprint.get("/<diagnosis_id>")
def show(diagnosis_id: str) -> Response:
    """Show an answer again, to its sender and to extension workers."""
    return respond_private(KeptDiagnosis.of(_readable(diagnosis_id, Role.EXTENSION)))


@blueprint.delete("/<diagnosis_id>")
def delete(diagnosis_id: str) -> tuple[str, int]:
    """Delete an answer and everything that was kept with it, for its sender or an administrator."""
    services().repository.delete(_readable(diagnosis_id, Role.ADMIN))
    return "", 204


@blueprint.put("/<diagnosis_id>/feedback")
def give_feedback(diagnosis_id: str) -> dict[str, Any]:
    """Keep whether the answer was right. Only its sender can say so; new feedback replaces the old one."""
    feedback = validated(NewFeedback, "json", request.get_json(force=True))
    case = sender_case(services().repository.cases, diagnosis_id, bearer_token(request))
    if feedback.condition is not None:
        services().adviser.condition(feedback.condition)
    try:
        entry = services().repository.cases.give_feedback(case.public_id, feedback.verdict, feedback.condition)
    except UnknownCaseError as error:
        raise unknown_case(diagnosis_id) from error
    return FeedbackEntry.of(entry).model_dump(mode="json")


@blueprint.get("/<diagnosis_id>/heatmaps/<int:position>")
def heatmap(diagnosis_id: str, position: int) -> Response:
    """Show where on a photo the answer was seen, as a transparent PNG of the photo's shape."""
    evidence = _photo(diagnosis_id, position).evidence
    if evidence.heatmap is None:
        raise RequestError(RequestCode.NOT_FOUND, f"photo {position} has no heatmap")
    return _image(render(evidence.heatmap, evidence.width_px, evidence.height_px), "image/png")


@blueprint.get("/<diagnosis_id>/photos/<int:position>")
def photo(diagnosis_id: str, position: int) -> Response:
    """Show a kept photo: its pixels, without anything else that was in the file."""
    path = _photo(diagnosis_id, position).path
    if path is None:
        raise RequestError(RequestCode.NOT_FOUND, f"photo {position} is not kept")
    try:
        return _image(services().repository.photos.read(path), "image/jpeg")
    except FileNotFoundError as error:
        raise unknown_case(diagnosis_id) from error


def _readable(diagnosis_id: str, role: Role) -> CaseRecord:
    return readable_case(services().repository.cases, request, diagnosis_id, role)


def _photo(diagnosis_id: str, position: int) -> PhotoRecord:
    case = _readable(diagnosis_id, Role.EXTENSION)
    if position >= len(case.photos):
        raise RequestError(RequestCode.NOT_FOUND, f"the case has {len(case.photos)} photos, counted from 0")
    return case.photos[position]


def _image(data: bytes, media_type: str) -> Response:
    response = Response(data, mimetype=media_type)
    response.cache_control.no_store = True
    return response
