"""``/v1/advice``: what to do about one condition, in the reader's language."""

from apiflask import APIBlueprint
from flask import Response, request

from majani.errors import ErrorCode
from majani.text.advice import Advice
from serving.api.failures import responses
from serving.container import services
from serving.http.document import UNCHANGED, Document, respond
from serving.i18n.negotiation import choose_language

blueprint = APIBlueprint("advice", __name__, url_prefix="/v1/advice", tag="Advice")


@blueprint.get("/<condition_id>")
@blueprint.output(Advice, description="The advice; byte for byte what `GET /v1/texts/{tag}` holds under the same id.")
@blueprint.doc(operation_id="getAdvice", responses=UNCHANGED | responses(ErrorCode.CONDITION_UNKNOWN))
def show(condition_id: str) -> Response:
    """Show what to do about a condition.

    Show it only to somebody whose case had the outcome `condition` or `healthy`; on anything less sure there is nothing
    to say about products.
    """
    adviser = services().adviser
    language = choose_language(request, adviser.languages)
    document = Document.of(adviser.advise(condition_id, language))
    return respond(document, language=language.tag, negotiated=True)
