"""``/v1/texts``: everything that is said in one language, at once, for a phone that will be without a connection."""

from collections.abc import Mapping

from apiflask import APIBlueprint
from flask import Response

from majani.text.advice import Adviser
from serving.api.failures import responses
from serving.api.schemas.schemas import LanguageEntry, Texts
from serving.container import services
from serving.http.document import UNCHANGED, Document, respond
from serving.http.errors import RequestCode, RequestError
from serving.i18n.catalogue import Catalogue

blueprint = APIBlueprint("texts", __name__, url_prefix="/v1/texts", tag="Texts")


@blueprint.get("/<tag>")
@blueprint.output(Texts, description="All texts; the ETag is the SHA-256 of this answer.")
@blueprint.doc(operation_id="getTexts", responses=UNCHANGED | responses(RequestCode.NOT_FOUND))
def show(tag: str) -> Response:
    """Show all names, all advice and all messages of the interface in one language."""
    documents = services().texts
    if tag not in documents:
        raise RequestError(RequestCode.NOT_FOUND, f"there is no language {tag!r}; see GET /v1/languages")
    return respond(documents[tag], language=tag)


def write_texts(adviser: Adviser, catalogues: Mapping[str, Catalogue]) -> Mapping[str, Document]:
    """Write the document of each language, once for all requests.

    Args:
        adviser: Supplies names and advice.
        catalogues: The interface's messages, by language tag.
    """
    documents: dict[str, Document] = {}
    for tag, language in adviser.languages.items():
        texts = Texts(
            language=LanguageEntry.of(language),
            names=language.names,
            advice={one.id: adviser.advise(one.id, language) for one in adviser.taxonomy.conditions},
            interface=catalogues[tag].messages(),
        )
        documents[tag] = Document.of(texts)
    return documents
