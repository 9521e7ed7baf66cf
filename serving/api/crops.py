"""``/v1/crops``: every crop that Majani has a name for, in the reader's language."""

from flask import Blueprint, Response, request

from majani.model.bundle import Manifest
from majani.taxonomy import Crop, Taxonomy
from majani.text.language import Names
from serving.api.schemas.schemas import CropEntry, CropList
from serving.container import services
from serving.http.document import Document, respond
from serving.http.errors import RequestCode, RequestError
from serving.i18n.negotiation import choose_language

blueprint = Blueprint("crops", __name__, url_prefix="/v1/crops")


@blueprint.get("")
def show_all() -> Response:
    """List the crops, each with the ids of its conditions."""
    adviser, manifest = services().adviser, services().diagnoser.manifest
    language = choose_language(request, adviser.languages)
    entries = tuple(_entry(crop, adviser.taxonomy, language.names, manifest) for crop in adviser.taxonomy.crops)
    return respond(Document.of(CropList(language=language.tag, crops=entries)), language=language.tag, negotiated=True)


@blueprint.get("/<crop_id>")
def show(crop_id: str) -> Response:
    """Show one crop: its names, and the ids of its conditions."""
    adviser, manifest = services().adviser, services().diagnoser.manifest
    language = choose_language(request, adviser.languages)
    for crop in adviser.taxonomy.crops:
        if crop.id == crop_id:
            entry = _entry(crop, adviser.taxonomy, language.names, manifest)
            return respond(Document.of(entry), language=language.tag, negotiated=True)
    raise RequestError(RequestCode.NOT_FOUND, f"there is no crop {crop_id[:40]!r}; see GET /v1/crops")


def _entry(crop: Crop, taxonomy: Taxonomy, names: Names, manifest: Manifest) -> CropEntry:
    name = names.crops[crop.id]
    return CropEntry(
        id=crop.id,
        name=name.name,
        local=name.local,
        scientific=crop.scientific,
        eppo=crop.eppo,
        conditions=tuple(condition.id for condition in taxonomy.conditions if condition.crop == crop.id),
        known=any(known.id == crop.id for known in manifest.crops),
    )
