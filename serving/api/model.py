"""``/v1/model``: which bundle answers, its files for a phone that will be offline, and golden vectors.

With ``?district=``, that of a district: all have the file of one network, and each a head of its own.
"""

from functools import lru_cache
from io import BytesIO
from threading import Lock
from typing import Any

from flask import Blueprint, Response, request, url_for
from werkzeug.wsgi import wrap_file

from majani.conformance.vectors import golden_vectors
from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import NamedId
from serving.api.schemas.schemas import ModelEntry
from serving.cases.submission import DISTRICT_FIELD, asked_district
from serving.container import services
from serving.http.document import KEPT_FOR_S, Document, respond
from serving.http.errors import RequestCode, RequestError

MEDIA_TYPE = "application/octet-stream"

_computing = Lock()

blueprint = Blueprint("model", __name__, url_prefix="/v1/model")


@blueprint.get("")
def show() -> Response:
    """Show the manifest, with the addresses of the others."""
    manifest, district = _diagnoser().manifest, asked_district(request)
    is_own = manifest is not services().diagnoser.manifest
    of: dict[str, Any] = {DISTRICT_FIELD: services().districts.known(district)} if is_own else {}
    head = manifest.head
    entry = ModelEntry(
        # Older bundles were migrated as they were read; phones of 0.3 leave these rules to the service.
        **dict(manifest) | {"schema_version": 4},
        file=url_for("model.send_file", sha256=manifest.model.sha256),
        head_file=None if head is None or head.in_graph else url_for("model.send_head", sha256=head.sha256, **of),
        golden=url_for("model.show_golden", **of),
        districts=tuple(NamedId(id=key, name=used.name) for key, used in services().districts.in_use().items()),
    )
    return respond(Document.of(entry))


@blueprint.get("/<sha256>.onnx")
def send_file(sha256: str) -> Response:
    """Send the network, or one part of it if the client asks for a range. The file of an address never changes."""
    bundle = services().diagnoser.bundle
    return _send(bundle.model, sha256, bundle.manifest.model.sha256)


@blueprint.get("/<sha256>.safetensors")
def send_head(sha256: str) -> Response:
    """Send a head likewise, which is a tenth of the network."""
    bundle = _diagnoser().bundle
    head = bundle.manifest.head
    return _send(bundle.head or b"", sha256, None if head is None else head.sha256)


def _send(content: bytes, asked: str, sha256: str | None) -> Response:
    if asked != sha256:
        raise RequestError(RequestCode.NOT_FOUND, f"there is no model {asked[:64]!r} here; see GET /v1/model")
    size_bytes = len(content)
    environ = dict(request.environ)
    # The standard lets it send the whole file for all other ranges.
    if request.range is None or request.range.units != "bytes" or len(request.range.ranges) != 1:
        environ.pop("HTTP_RANGE", None)
    # The stream reads the bundle's own bytes; nothing is copied but the pieces that are sent.
    file = wrap_file(request.environ, BytesIO(content))
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
        return respond(_golden(_diagnoser()))


def _diagnoser() -> Diagnoser:
    return services().districts.find(asked_district(request)) or services().diagnoser


@lru_cache(maxsize=256)
def _golden(diagnoser: Diagnoser) -> Document:
    """Computed at the first request, which takes half a second. Most processes never get one."""
    return Document.of(golden_vectors(diagnoser))
