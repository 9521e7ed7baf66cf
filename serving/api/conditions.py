"""``/v1/conditions``: everything that Majani has a name and advice for, in the reader's language."""

from apiflask import APIBlueprint
from flask import Response, request

from majani.errors import ErrorCode
from serving.api.failures import responses
from serving.api.schemas.schemas import ConditionEntry, ConditionList
from serving.container import services
from serving.http.document import UNCHANGED, Document, respond
from serving.i18n.negotiation import choose_language

blueprint = APIBlueprint("conditions", __name__, url_prefix="/v1/conditions", tag="Conditions")


@blueprint.get("")
@blueprint.output(ConditionList, description="All conditions, crop by crop.")
@blueprint.doc(operation_id="listConditions", responses=UNCHANGED)
def show_all() -> Response:
    """List the conditions.

    The running model may name fewer of them; its classes are in `GET /v1/model`.
    """
    adviser = services().adviser
    language = choose_language(request, adviser.languages)
    entries = tuple(ConditionEntry.of(condition, language.names) for condition in adviser.taxonomy.conditions)
    listed = ConditionList(language=language.tag, conditions=entries)
    return respond(Document.of(listed), language=language.tag, negotiated=True)


@blueprint.get("/<condition_id>")
@blueprint.output(ConditionEntry, description="The condition.")
@blueprint.doc(operation_id="getCondition", responses=UNCHANGED | responses(ErrorCode.CONDITION_UNKNOWN))
def show(condition_id: str) -> Response:
    """Show one condition: its names, crop, kind and cause."""
    adviser = services().adviser
    language = choose_language(request, adviser.languages)
    entry = ConditionEntry.of(adviser.condition(condition_id), language.names)
    return respond(Document.of(entry), language=language.tag, negotiated=True)
