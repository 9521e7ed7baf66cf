"""``/v1/texts``: all texts of one language in one document, for a phone that will be offline."""

from collections.abc import Mapping

from flask import Blueprint, Response

from majani.text.advice import Adviser
from serving.api.schemas.schemas import LanguageEntry, Texts
from serving.container import services
from serving.http.document import Document, respond
from serving.http.errors import RequestCode, RequestError
from serving.i18n.catalogue import Catalogue

blueprint = Blueprint("texts", __name__, url_prefix="/v1/texts")


@blueprint.get("/<tag>")
def show(tag: str) -> Response:
    """Show all names, all advice and all messages of the interface in one language."""
    documents = services().texts
    if tag not in documents:
        raise RequestError(RequestCode.NOT_FOUND, f"there is no language {tag!r}; see GET /v1/languages")
    return respond(documents[tag], language=tag)


def write_texts(adviser: Adviser, catalogues: Mapping[str, Catalogue]) -> Mapping[str, Document]:
    """Write the document of each language, once for all requests."""
    documents: dict[str, Document] = {}
    for tag, language in adviser.languages.items():
        texts = Texts(
            language=LanguageEntry.of(language),
            names=language.names,
            advice={known.id: adviser.advise(known.id, language) for known in adviser.taxonomy.conditions},
            interface=catalogues[tag].messages(),
        )
        documents[tag] = Document.of(texts)
    return documents
