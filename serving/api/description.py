"""``/openapi.json``: the description of the API. It is kept by hand, in ``openapi.yaml`` beside this module."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from flask import Blueprint

_FILE = Path(__file__).with_name("openapi.yaml")
# The C parser takes 60 ms for the file, the Python one ten times as long.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

blueprint = Blueprint("description", __name__)


@lru_cache(maxsize=1)
def read_description() -> dict[str, Any]:
    """Read the description. Its ``info.version`` is the API's version, which rises when a client has to change."""
    description: dict[str, Any] = yaml.load(_FILE.read_bytes(), _LOADER)  # noqa: S506 - both loaders are safe ones
    return description


@blueprint.get("/openapi.json")
def show() -> dict[str, Any]:
    """Show the description."""
    return read_description()
