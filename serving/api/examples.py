"""``/v1/examples``: the example photos that the texts name. Only listed files are sent."""

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
    if file not in services().examples.files:
        raise RequestError(RequestCode.NOT_FOUND, f"there is no example photo {file[:64]!r}; see GET /v1/texts")
    directory = services().settings.examples_dir.absolute()
    response = send_from_directory(directory, file, mimetype="image/webp", max_age=KEPT_FOR_S, conditional=False)
    response.cache_control.immutable = True
    return response


def find_examples(directory: Path) -> ExamplePhotos:
    """The example photos of a folder; none where it cannot be used, and the log says why."""
    try:
        found = ExamplePhotos.model_validate_json((directory / LIST_FILE).read_bytes())
        sizes = {file: (directory / file).stat().st_size for file in found.files}
    except (OSError, ValueError) as error:
        logger.warning("example photos in %s cannot be used, so the app has only drawings: %s", directory, error)
        return NO_EXAMPLES
    if large := sorted(file for file, size in sizes.items() if size > MAX_BYTES):
        logger.warning("example photos in %s are too large to be shown unasked, so none is: %s", directory, large)
        return NO_EXAMPLES
    return found.model_copy(update={"bytes": sum(sizes.values())})
