"""Loads the challenger. Whatever is wrong with it, the service starts and answers without it."""

import logging
from pathlib import Path

from majani.decision.diagnoser import Diagnoser
from majani.errors import MajaniError
from majani.model.signature import check_signature
from serving.telemetry.metrics import SHADOW_SKIPPED, Skipped
from serving.telemetry.readiness import Readiness

logger = logging.getLogger(__name__)


def find_challenger(directory: Path | None, *, champion: str, key: str | None = None) -> Diagnoser | None:
    """The challenger, or None if there is none or it has the champion's version; a failure is logged and counted."""
    if directory is None:
        return None
    try:
        if key is not None:
            check_signature(directory, key)
        challenger = Diagnoser.from_directory(directory)
    except MajaniError as error:
        logger.error("no shadow mode, the challenger in %s cannot be used: %s", directory, error)
        SHADOW_SKIPPED.labels(Skipped.BUNDLE).inc()
        return None
    if challenger.manifest.version == champion:
        logger.info("no shadow mode, the challenger in %s is the model that answers", directory)
        return None
    if not Readiness(challenger).check():
        logger.error("no shadow mode, the challenger in %s gives no answer", directory)
        SHADOW_SKIPPED.labels(Skipped.BUNDLE).inc()
        return None
    return challenger
