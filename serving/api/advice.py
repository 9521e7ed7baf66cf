"""``/v1/advice``: what to do about one condition, in the reader's language."""

from flask import Blueprint, Response, request

from serving.container import services
from serving.http.document import Document, respond
from serving.i18n.negotiation import choose_language

blueprint = Blueprint("advice", __name__, url_prefix="/v1/advice")


@blueprint.get("/<condition_id>")
def show(condition_id: str) -> Response:
    """Show what to do about a condition, byte for byte as ``GET /v1/texts/{tag}`` has it."""
    adviser = services().adviser
    language = choose_language(request, adviser.languages)
    document = Document.of(adviser.advise(condition_id, language))
    return respond(document, language=language.tag, negotiated=True)
