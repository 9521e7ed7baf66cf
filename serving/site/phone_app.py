"""``/app/``: the files of the built phone app, with the headers that let a browser keep and run it.

Flask handles ranges and ETags; this module chooses between a file and its compressed form, which the build has made.
Files are listed at start, so no address leads out of the folder. nginx keeps the files with a checksum in their name.
"""

from pathlib import PurePosixPath

from flask import Blueprint, Response, request, send_from_directory

from serving.http.document import KEPT_FOR_S, accepts_gzip, declare_compression
from serving.http.errors import RequestCode, RequestError
from serving.http.security_headers import allow_app
from serving.site.app_build import AppBuild, app_build

# Not from the machine's own list, which differs between machines; browsers refuse wrong types.
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
# It lies in /app/ and controls the page at / too.
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
    has_compressed = filename + _COMPRESSED in build.files
    # Ranges are of the plain file, so that a client never joins parts of both forms.
    is_compressed = has_compressed and request.range is None and accepts_gzip(request)
    path = PurePosixPath(filename)
    age_s = KEPT_FOR_S if filename.startswith(_HASHED) else None
    response = send_from_directory(
        build.directory,
        filename + _COMPRESSED if is_compressed else filename,
        mimetype=_MEDIA_TYPES.get(path.suffix, _OTHER),
        download_name=path.name,
        # None here would become the app's own age; None from a function means: ask each time.
        max_age=lambda _: age_s,
    )
    if has_compressed:
        declare_compression(response, is_compressed=is_compressed)
    return response
