"""``/v1/languages``, ``/v1/advice``, ``/v1/causes`` and ``/v1/texts``: everything that is said, by language."""

from collections.abc import Callable, Mapping
from functools import cache

from flask import Blueprint, Response, request

from majani.frozen import FrozenModel
from majani.text.advice import Adviser
from majani.text.example_photos import ExamplePhotos
from majani.text.language import CAUSES
from serving.api.schemas.schemas import (
    AdviceTexts,
    CauseList,
    InterfaceTexts,
    LanguageEntry,
    LanguageList,
    PracticeEntry,
    Texts,
)
from serving.container import services
from serving.http.document import Document, respond
from serving.http.errors import RequestCode, RequestError
from serving.i18n.catalogue import Catalogue
from serving.i18n.negotiation import choose_language

blueprint = Blueprint("texts", __name__, url_prefix="/v1")

PARTS: Mapping[str, type[FrozenModel]] = {"": Texts, "interface": InterfaceTexts, "advice": AdviceTexts}


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
@blueprint.get("/texts/<tag>/<part>")
def show(tag: str, part: str = "") -> Response:
    """Show all names, all advice and all messages of the interface in one language, or a part of them."""
    if tag not in services().adviser.languages or part not in PARTS:
        raise RequestError(RequestCode.NOT_FOUND, f"there are no texts {tag!r} {part!r}; see GET /v1/languages")
    return respond(services().texts(tag, part), language=tag)


def text_writer(
    adviser: Adviser, catalogues: Mapping[str, Catalogue], examples: ExamplePhotos
) -> Callable[[str, str], Document]:
    """What writes texts by tag and part, as ``PARTS`` has it, at the first request: few processes need them all."""

    @cache
    def write(tag: str, part: str) -> Document:
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
        form = PARTS[part]
        return Document.of(form(**{name: getattr(texts, name) for name in form.model_fields}))

    return write
