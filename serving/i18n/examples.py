"""Reads the folder of example photos, which may be an operator's own."""

import logging
from pathlib import Path

from majani.text.example_photos import LIST_FILE, MAX_BYTES, ExamplePhotos

NO_EXAMPLES = ExamplePhotos()

logger = logging.getLogger(__name__)


def find_examples(directory: Path) -> ExamplePhotos:
    """The example photos of a folder; none where it cannot be used, and the log says why."""
    try:
        found = ExamplePhotos.model_validate_json((directory / LIST_FILE).read_bytes())
        sizes = {file: (directory / file).stat().st_size for file in found.files}
    except (OSError, ValueError) as error:
        logger.warning("example photos in %s cannot be used, so there are only drawings: %s", directory, error)
        return NO_EXAMPLES
    if large := sorted(file for file, size in sizes.items() if size > MAX_BYTES):
        logger.warning("example photos in %s are too large to be shown unasked, so none is: %s", directory, large)
        return NO_EXAMPLES
    return found.model_copy(update={"bytes": sum(sizes.values())})
