"""``/v1/diagnoses``: photos of one plant in, the ranked answer out, and what its sender can do with it later."""

from typing import Any

from flask import Blueprint, Response, request, url_for

from serving.access.guard import asking_client, require_role, shown_access
from serving.access.ownership import bearer_token, readable_case, sender_case
from serving.access.role import Role
from serving.api.schemas import case as schemas
from serving.cases.case_files import read_photo, send_heatmap
from serving.cases.submission import read_case, read_key, refuse_unknown_fields, require_key
from serving.container import services
from serving.http.document import private_file, respond_private
from serving.http.errors import RequestCode, RequestError
from serving.http.validation import validated
from serving.i18n.negotiation import choose_language
from serving.i18n.phrasing import Wording
from serving.persistence.case_record import Origin
from serving.persistence.models import Case
from serving.persistence.reviews import Reviews
from serving.telemetry.metrics import observe_diagnosis

# Of a program's cases, as many as are listed at once.
_PAGE = 100

blueprint = Blueprint("diagnoses", __name__, url_prefix="/v1/diagnoses")


@blueprint.post("")
def diagnose() -> Response:
    """Diagnose one case."""
    client_id = asking_client()
    access = shown_access()
    naming, key = _naming(), read_key(request)
    case = read_case(request, client_id, district=access.district if access else None)
    refuse_unknown_fields(request)
    answered = services().cases.answer(
        case,
        origin=Origin.API,
        language=naming.wording.language.tag,
        key=key,
        must_store=key is not None or case.keeps_photos or client_id is not None,
    )
    observe_diagnosis(answered.diagnosis, origin=Origin.API)
    question = services().cases.question_of(answered.diagnosis, answered.stored)
    created = schemas.NewDiagnosis.of(answered, question, naming)
    response = respond_private(created, status=201, language=naming.wording.language.tag)
    if answered.is_replayed:
        response.headers["Idempotency-Replayed"] = "true"
    if created.id is not None:
        response.location = url_for(".show", diagnosis_id=created.id)
    return response


@blueprint.get("")
def list_own() -> Response:
    """List the cases that a program has sent with its key, newest first."""
    client_id = require_role(Role.CLIENT).worker_id
    before = validated(schemas.CasePage, "query", request.args.to_dict()).before
    found = services().repository.cases.of_client(client_id, before=before, limit=_PAGE + 1)
    return respond_private(schemas.CaseList.of(found[:_PAGE], more=len(found) > _PAGE))


@blueprint.delete("")
def withdraw() -> tuple[str, int]:
    """Delete a case by its ``Idempotency-Key``. A case that arrives later with this key is refused."""
    services().repository.withdraw(require_key(request))
    return "", 204


@blueprint.get("/<diagnosis_id>")
def show(diagnosis_id: str) -> Response:
    """Show an answer again, to its sender and to extension workers."""
    case, naming = _readable(diagnosis_id, Role.EXTENSION), _naming()
    shown = schemas.KeptDiagnosis.of(case, services().cases.question_of(case.diagnosis, case), naming)
    return respond_private(shown, language=naming.wording.language.tag)


@blueprint.delete("/<diagnosis_id>")
def delete(diagnosis_id: str) -> tuple[str, int]:
    """Delete an answer and everything that was kept with it, for its sender or an administrator."""
    services().repository.delete(_readable(diagnosis_id, Role.ADMIN).public_id)
    return "", 204


@blueprint.put("/<diagnosis_id>/feedback")
def give_feedback(diagnosis_id: str) -> dict[str, Any]:
    """Keep whether the answer was right. Only its sender can say so; the latest counts."""
    case = sender_case(services().repository.cases, diagnosis_id, bearer_token(request))
    feedback = validated(schemas.NewFeedback, "json", request.get_json(force=True))
    if feedback.condition is not None:
        services().adviser.condition(feedback.condition)
    entry = services().repository.cases.give_feedback(case.public_id, feedback.verdict, feedback.condition)
    return schemas.FeedbackEntry.model_validate(entry, from_attributes=True).model_dump(mode="json")


@blueprint.put("/<diagnosis_id>/follow-up")
def follow_up(diagnosis_id: str) -> Response:
    """Keep whether the sender did what was advised, and how the plant is some days later; the latest counts."""
    case = sender_case(services().repository.cases, diagnosis_id, bearer_token(request))
    said = validated(schemas.NewFollowUp, "json", request.get_json(force=True))
    services().repository.cases.follow_up(case.public_id, said.done, said.state, said.later)
    return respond_private(said)


@blueprint.put("/<diagnosis_id>/reply")
def reply(diagnosis_id: str) -> Response:
    """Keep the sender's reply to the question that went with the answer, and say what follows from it."""
    case = sender_case(services().repository.cases, diagnosis_id, bearer_token(request))
    given = validated(schemas.NewReply, "json", request.get_json(force=True))
    replied = services().cases.give_reply(case, given.reply, (given.condition, given.against))
    naming = _naming()
    return respond_private(naming.question(replied), language=naming.wording.language.tag)


@blueprint.get("/<diagnosis_id>/expert")
def show_expert(diagnosis_id: str) -> Response:
    """Show what experts say of a case to its sender; reviewers must not see it before their own review."""
    case = sender_case(services().repository.cases, diagnosis_id, bearer_token(request))
    word = Reviews(services().engine).expert_word(case.public_id)
    return respond_private(schemas.ExpertEntry.of(word, asked=case.is_expert_asked))


@blueprint.put("/<diagnosis_id>/expert")
def ask_expert(diagnosis_id: str) -> Response:
    """Ask for an expert; a second time changes nothing."""
    case = sender_case(services().repository.cases, diagnosis_id, bearer_token(request))
    services().repository.cases.ask_expert(case.public_id)
    return show_expert(diagnosis_id)


@blueprint.put("/<diagnosis_id>/expert/reply")
def reply_to_expert(diagnosis_id: str) -> Response:
    """Keep the sender's reply to what an expert asks; the case then waits for experts again."""
    case = sender_case(services().repository.cases, diagnosis_id, bearer_token(request))
    given = validated(schemas.ExpertReply, "json", request.get_json(force=True))
    if not Reviews(services().engine).reply(case.public_id, given.question, given.reply):
        raise RequestError(RequestCode.NOT_FOUND, "no expert asks this")
    return show_expert(diagnosis_id)


@blueprint.get("/<diagnosis_id>/heatmaps/<int:position>")
def heatmap(diagnosis_id: str, position: int) -> Response:
    """Show where on a photo the answer was seen, as a transparent PNG of the photo's shape."""
    return send_heatmap(_readable(diagnosis_id, Role.EXTENSION), position)


@blueprint.get("/<diagnosis_id>/photos/<int:position>")
def photo(diagnosis_id: str, position: int) -> Response:
    """Show a stored photo: its pixels, without anything else that was in the file."""
    data = read_photo(services().repository, _readable(diagnosis_id, Role.EXTENSION), position)
    return private_file(data, "image/jpeg")


def _naming() -> schemas.Naming:
    adviser = services().adviser
    language = choose_language(request, adviser.languages)
    wording = Wording(language, services().catalogues[language.tag], services().settings.office)
    return schemas.Naming(adviser, wording, services().diagnoser.manifest.crops)


def _readable(diagnosis_id: str, role: Role) -> Case:
    return readable_case(services().repository.cases, request, diagnosis_id, role)
