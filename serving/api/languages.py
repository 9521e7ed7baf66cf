"""``/v1/languages``: the languages of all texts, and whether a native reader has checked them."""

from flask import Blueprint, Response

from serving.api.schemas.schemas import LanguageEntry, LanguageList
from serving.container import services
from serving.http.document import Document, respond

blueprint = Blueprint("languages", __name__, url_prefix="/v1/languages")


@blueprint.get("")
def show() -> Response:
    """List all languages, English first."""
    languages = services().adviser.languages.values()
    listed = LanguageList(languages=tuple(LanguageEntry.of(language) for language in languages))
    return respond(Document.of(listed))
