"""Known photos to compare cases with; the desk does without where there are none that can be used."""

import logging
from pathlib import Path

from majani.errors import ReferencesError
from majani.model.bundle import Manifest
from majani.review.reference_photos import References

logger = logging.getLogger(__name__)


def find_references(directory: Path | None, manifest: Manifest) -> References | None:
    """The known photos of the running model, or None; the log says why."""
    if directory is None:
        return None
    try:
        return References.read(directory, model_sha256=manifest.model.sha256)
    # After a swap the log tells that they have to be made anew.
    except ReferencesError as error:
        logger.warning("known photos cannot be used, so the desk does without: %s", error)
        return None
