"""``/v1/conditions``: everything that Majani has a name and advice for, in the reader's language."""

from flask import Blueprint, Response, request

from serving.api.schemas.schemas import ConditionEntry, ConditionList
from serving.container import services
from serving.http.document import Document, respond
from serving.i18n.negotiation import choose_language

blueprint = Blueprint("conditions", __name__, url_prefix="/v1/conditions")


@blueprint.get("")
def show_all() -> Response:
    """List all conditions, crop by crop. The running model may name fewer of them."""
    adviser, manifest = services().adviser, services().diagnoser.manifest
    language = choose_language(request, adviser.languages)
    conditions = adviser.taxonomy.conditions
    entries = tuple(ConditionEntry.of(condition, language.names, manifest) for condition in conditions)
    listed = ConditionList(language=language.tag, conditions=entries)
    return respond(Document.of(listed), language=language.tag, negotiated=True)


@blueprint.get("/<condition_id>")
def show(condition_id: str) -> Response:
    """Show one condition: its names, crop, kind and cause."""
    adviser, manifest = services().adviser, services().diagnoser.manifest
    language = choose_language(request, adviser.languages)
    entry = ConditionEntry.of(adviser.condition(condition_id), language.names, manifest)
    return respond(Document.of(entry), language=language.tag, negotiated=True)
