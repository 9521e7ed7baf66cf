"""``/app/``: the files of the built phone app, with the headers that let a browser keep and run it.

Flask sends them, in parts and only if they have changed; what is added is the choice of the compressed form, which the
build has made. What there is was listed at start, so no address leads out of the folder.
"""

from pathlib import PurePosixPath

from flask import Blueprint, Response, request, send_from_directory

from serving.http import compression
from serving.http.document import KEPT_FOR_S
from serving.http.errors import RequestCode, RequestError
from serving.http.security_headers import allow_app
from serving.site.app_build import AppBuild, app_build

# Here and not from the machine's own list, which differs from one to the next; browsers refuse a wrong one.
_MEDIA_TYPES = {
    ".css": "text/css",
    ".gz": "application/gzip",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_OTHER = "application/octet-stream"
# Folders of files that have a checksum in their name.
_HASHED = ("assets/", "ort/")
# It lies in /app/ and looks after the page at / too.
_SERVICE_WORKER = "sw.js"
_COMPRESSED = ".gz"

blueprint = Blueprint("phone_app", __name__, url_prefix="/app")
blueprint.after_request(allow_app)


@blueprint.get("/<path:filename>")
def send(filename: str) -> Response:
    """Send one file, or a part of it."""
    build = app_build()
    if build is None or filename not in build.files:
        raise RequestError(RequestCode.NOT_FOUND, "the phone app has no such file, or is not built")
    response = _send(build, filename)
    if filename.startswith(_HASHED):
        response.cache_control.immutable = True
    if filename == _SERVICE_WORKER:
        response.headers["Service-Worker-Allowed"] = "/"
    return response


def _send(build: AppBuild, filename: str) -> Response:
    """In the form that suits who asks."""
    has_compressed = filename + _COMPRESSED in build.files
    # A part is one of the file itself; who puts parts together may have begun with the other form.
    is_compressed = has_compressed and request.range is None and compression.accepts_gzip(request)
    path = PurePosixPath(filename)
    age_s = KEPT_FOR_S if filename.startswith(_HASHED) else None
    response = send_from_directory(
        build.directory,
        filename + _COMPRESSED if is_compressed else filename,
        mimetype=_MEDIA_TYPES.get(path.suffix, _OTHER),
        download_name=path.name,
        # None would become the app's own age; from a function it means: kept, but never used without asking.
        max_age=lambda _: age_s,
    )
    if has_compressed:
        compression.declare(response, is_compressed=is_compressed)
    return response
