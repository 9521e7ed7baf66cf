"""``/v1/model``: which bundle answers here, its file for a phone that will be offline, and golden vectors."""

from functools import lru_cache
from io import BytesIO
from threading import Lock

from flask import Blueprint, Response, request, url_for
from werkzeug.datastructures import Range
from werkzeug.wsgi import wrap_file

from majani.conformance.vectors import golden_vectors
from majani.decision.diagnoser import Diagnoser
from serving.api.schemas.schemas import ModelEntry
from serving.container import services
from serving.http.document import KEPT_FOR_S, Document, respond
from serving.http.errors import RequestCode, RequestError

MEDIA_TYPE = "application/octet-stream"

_computing = Lock()

blueprint = Blueprint("model", __name__, url_prefix="/v1/model")


@blueprint.get("")
def show() -> Response:
    """Show the manifest, with the addresses of the other two."""
    manifest = services().diagnoser.manifest
    entry = ModelEntry(
        **dict(manifest),
        file=url_for("model.send_file", sha256=manifest.model.sha256),
        golden=url_for("model.show_golden"),
    )
    return respond(Document.of(entry))


@blueprint.get("/<sha256>.onnx")
def send_file(sha256: str) -> Response:
    """Send the network, or one part of it if the client asks for a range. The file of an address never changes."""
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
    return response


@blueprint.get("/golden")
def show_golden() -> Response:
    """Show golden vectors: inputs with the answers that this bundle gives."""
    # Only one of several simultaneous requests computes them.
    with _computing:
        return respond(_golden(services().diagnoser))


@lru_cache(maxsize=1)
def _golden(diagnoser: Diagnoser) -> Document:
    """Computed at the first request, which takes half a second. Most processes never get one."""
    return Document.of(golden_vectors(diagnoser))


def _is_one_range(wanted: Range | None) -> bool:
    """Whether the service answers this range; the standard lets it send the whole file for all others."""
    return wanted is not None and wanted.units == "bytes" and len(wanted.ranges) == 1
