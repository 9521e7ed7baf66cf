"""``/v1/examples``: the example photos that the texts name. Only listed files are sent."""

from flask import Blueprint, Response, send_from_directory

from serving.container import services
from serving.http.document import KEPT_FOR_S
from serving.http.errors import RequestCode, RequestError

blueprint = Blueprint("examples", __name__, url_prefix="/v1/examples")


@blueprint.get("/<file>")
def send(file: str) -> Response:
    """Send one photo. The file of an address never changes."""
    if file not in services().examples.files:
        raise RequestError(RequestCode.NOT_FOUND, f"there is no example photo {file[:64]!r}; see GET /v1/texts")
    directory = services().settings.examples_dir.absolute()
    response = send_from_directory(directory, file, mimetype="image/webp", max_age=KEPT_FOR_S, conditional=False)
    response.cache_control.immutable = True
    return response
