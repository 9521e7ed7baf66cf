"""Gunicorn loads this module. It makes the app, or logs one line with the reason for failing."""

import logging
import sys

from flask import Flask
from gunicorn.arbiter import Arbiter
from pydantic import ValidationError

from majani.errors import MajaniError
from serving.app import create_app
from serving.districts import BoundariesError

logger = logging.getLogger(__name__)


def load() -> Flask:
    """Build the app, or exit; the log says why, without a traceback."""
    try:
        return create_app()
    except (MajaniError, BoundariesError, ValidationError) as error:
        logger.critical("cannot start: %s", error)
        sys.exit(Arbiter.WORKER_BOOT_ERROR)
