"""``/v1/examples``: the example photos that the texts name. Only listed files are sent, from the operator's folder."""

import logging
from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from majani.text.example_photos import LIST_FILE, MAX_BYTES, ExamplePhotos
from serving.container import services
from serving.http.document import KEPT_FOR_S
from serving.http.errors import RequestCode, RequestError

blueprint = Blueprint("examples", __name__, url_prefix="/v1/examples")

NO_EXAMPLES = ExamplePhotos()

logger = logging.getLogger(__name__)


@blueprint.get("/<file>")
def send(file: str) -> Response:
    """Send one photo. The file of an address never changes."""
    directory = services().settings.examples_dir
    if directory is None or file not in services().examples.files:
        raise RequestError(RequestCode.NOT_FOUND, f"there is no example photo {file[:64]!r}; see GET /v1/texts")
    response = send_from_directory(
        directory.absolute(), file, mimetype="image/webp", max_age=KEPT_FOR_S, conditional=False
    )
    response.cache_control.immutable = True
    return response


def find_examples(directory: Path | None) -> ExamplePhotos:
    """The example photos of a folder; none without one, or where it cannot be used, and the log says why."""
    if directory is None:
        return NO_EXAMPLES
    try:
        found = ExamplePhotos.model_validate_json((directory / LIST_FILE).read_bytes())
        large = sorted(file for file in found.files if (directory / file).stat().st_size > MAX_BYTES)
    except (OSError, ValueError) as error:
        logger.warning("example photos in %s cannot be used, so the app has only drawings: %s", directory, error)
        return NO_EXAMPLES
    if large:
        logger.warning("example photos in %s are too large to be shown unasked, so none is: %s", directory, large)
        return NO_EXAMPLES
    return found
