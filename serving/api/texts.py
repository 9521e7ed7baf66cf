"""``/v1/languages``, ``/v1/advice``, ``/v1/causes`` and ``/v1/texts``: everything that is said, by language."""

from collections.abc import Callable, Mapping
from functools import cache

from flask import Blueprint, Response, request

from majani.text.advice import Adviser
from majani.text.example_photos import ExamplePhotos
from majani.text.language import CAUSES
from serving.api.schemas.schemas import CauseList, LanguageEntry, LanguageList, PracticeEntry, Texts
from serving.container import services
from serving.http.document import Document, respond
from serving.http.errors import RequestCode, RequestError
from serving.i18n.catalogue import Catalogue
from serving.i18n.negotiation import choose_language

blueprint = Blueprint("texts", __name__, url_prefix="/v1")


@blueprint.get("/languages")
def show_languages() -> Response:
    """List all languages, English first."""
    languages = services().adviser.languages.values()
    entries = (LanguageEntry.model_validate(language, from_attributes=True) for language in languages)
    return respond(Document.of(LanguageList(languages=tuple(entries))))


@blueprint.get("/advice/<condition_id>")
def show_advice(condition_id: str) -> Response:
    """Show what to do about a condition, byte for byte as the texts have it."""
    adviser = services().adviser
    language = choose_language(request, adviser.languages)
    document = Document.of(adviser.advise(condition_id, language))
    return respond(document, language=language.tag, negotiated=True)


@blueprint.get("/causes")
def show_causes() -> Response:
    """Show the advice on all that is no disease: phones fetch it after the model."""
    adviser = services().adviser
    language = choose_language(request, adviser.languages)
    causes = CauseList(language=language.tag, causes=tuple(adviser.advise(cause, language) for cause in CAUSES))
    return respond(Document.of(causes), language=language.tag, negotiated=True)


@blueprint.get("/texts/<tag>")
def show(tag: str) -> Response:
    """Show all names, all advice and all messages of the interface in one language."""
    if tag not in services().adviser.languages:
        raise RequestError(RequestCode.NOT_FOUND, f"there is no language {tag!r}; see GET /v1/languages")
    return respond(services().texts(tag), language=tag)


def text_writer(
    adviser: Adviser, catalogues: Mapping[str, Catalogue], examples: ExamplePhotos
) -> Callable[[str], Document]:
    """What writes the document of a language, by its tag, at the first request for it: few processes need them all."""

    @cache
    def write(tag: str) -> Document:
        language = adviser.languages[tag]
        texts = Texts(
            language=LanguageEntry.model_validate(language, from_attributes=True),
            names=language.names,
            advice={known.id: adviser.advise(known.id, language) for known in adviser.taxonomy.conditions},
            interface=catalogues[tag].messages(),
            remarks=language.remarks,
            practices=tuple(PracticeEntry(**dict(one), text=language.practices[one.id]) for one in adviser.practices),
            views=language.views,
            effects=adviser.effects,
            examples=examples,
        )
        return Document.of(texts)

    return write
