"""``/v1/model``: which bundle answers here, its file for a phone that will be without us, and golden vectors."""

from functools import lru_cache
from io import BytesIO
from threading import Lock
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request, url_for
from werkzeug.datastructures import Range
from werkzeug.wsgi import wrap_file

from majani.conformance.vectors import GoldenVectors, golden_vectors
from majani.decision.diagnoser import Diagnoser
from serving.api.failures import responses
from serving.api.schemas.schemas import ModelEntry
from serving.container import services
from serving.http.document import UNCHANGED, Document, respond
from serving.http.download import KEPT_FOR_S, take_turn
from serving.http.errors import RequestCode, RequestError

MEDIA_TYPE = "application/octet-stream"

_FILE: dict[str, Any] = {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}
_SENT: dict[int | str, Any] = {
    200: {"description": "The file; the ETag is its SHA-256.", "content": _FILE},
    206: {"description": "The part that `Range` asked for.", "content": _FILE},
}

_writing = Lock()

blueprint = APIBlueprint("model", __name__, url_prefix="/v1/model", tag="Model")


@blueprint.get("")
@blueprint.output(ModelEntry, description="The manifest of the bundle, as shipped, and where its files are.")
@blueprint.doc(operation_id="getModel", responses=UNCHANGED)
def show() -> Response:
    """Show the model's manifest.

    Version, checksum, size, crops, classes, thresholds, metrics and provenance.
    """
    manifest = services().diagnoser.manifest
    entry = ModelEntry(
        **dict(manifest),
        file=url_for("model.send_file", sha256=manifest.model.sha256),
        golden=url_for("model.show_golden"),
    )
    return respond(Document.of(entry))


@blueprint.get("/<sha256>.onnx")
@blueprint.doc(
    operation_id="getModelFile",
    responses=_SENT | UNCHANGED | responses(RequestCode.NOT_FOUND, RequestCode.RANGE_NOT_SATISFIABLE, RequestCode.BUSY),
)
def send_file(sha256: str) -> Response:
    """Send the network itself.

    In parts if asked to (`Range`, `If-Range`), so that a broken download goes on where it broke off. It never changes
    under this address; another model has another one.
    """
    bundle = services().diagnoser.bundle
    if sha256 != bundle.manifest.model.sha256:
        raise RequestError(RequestCode.NOT_FOUND, f"there is no model {sha256[:64]!r} here; see GET /v1/model")
    size_bytes = len(bundle.model)
    environ = dict(request.environ)
    if not _is_one_range(request.range):
        environ.pop("HTTP_RANGE", None)
    # The stream reads the bundle's own bytes; nothing is copied but the pieces that are sent.
    file = wrap_file(request.environ, BytesIO(bundle.model))
    response = Response(file, mimetype=MEDIA_TYPE, direct_passthrough=True)
    response.content_length = size_bytes
    response.set_etag(sha256)
    response.cache_control.public = True
    response.cache_control.max_age = KEPT_FOR_S
    response.cache_control.immutable = True
    response.make_conditional(environ, accept_ranges=True, complete_length=size_bytes)
    return take_turn(response, services().downloads)


@blueprint.get("/golden")
@blueprint.output(GoldenVectors, description="Inputs with the answers that this bundle gives.")
@blueprint.doc(operation_id="getGoldenVectors", responses=UNCHANGED)
def show_golden() -> Response:
    """Show golden vectors.

    About 300 made-up cases and a few pictures, each with what is decided or seen. Whoever writes the rules a second
    time, for a phone for instance, is right if the same comes out.
    """
    return respond(_golden(services().diagnoser))


def _golden(diagnoser: Diagnoser) -> Document:
    # So that of many who ask at once only one writes them.
    with _writing:
        return _written(diagnoser)


@lru_cache(maxsize=1)
def _written(diagnoser: Diagnoser) -> Document:
    """Written when first asked for, which takes half a second: most processes are never asked."""
    return Document.of(golden_vectors(diagnoser))


def _is_one_range(wanted: Range | None) -> bool:
    """Whether a part was asked for in a way that we answer; the standard lets us send everything to the others."""
    return wanted is not None and wanted.units == "bytes" and len(wanted.ranges) == 1
