"""``/v1/languages``: what can be read here, and how far it has been checked."""

from apiflask import APIBlueprint
from flask import Response

from serving.api.schemas.schemas import LanguageEntry, LanguageList
from serving.container import services
from serving.http.document import UNCHANGED, Document, respond

blueprint = APIBlueprint("languages", __name__, url_prefix="/v1/languages", tag="Languages")


@blueprint.get("")
@blueprint.output(LanguageList, description="All languages, English first.")
@blueprint.doc(operation_id="listLanguages", responses=UNCHANGED)
def show() -> Response:
    """List the languages.

    Each with its own name, its direction, and whether a native reader has checked it.
    """
    languages = services().adviser.languages.values()
    listed = LanguageList(languages=tuple(LanguageEntry.of(language) for language in languages))
    return respond(Document.of(listed))
