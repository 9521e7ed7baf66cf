"""``/openapi.json``: the description of the API. It is kept by hand, in ``openapi.yaml`` beside this module."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint

from serving.i18n.texts import read_yaml

blueprint = Blueprint("description", __name__)


@lru_cache(maxsize=1)
def read_description() -> dict[str, Any]:
    """Read the description. Its ``info.version`` is the API's version, which rises when a client has to change."""
    return dict(read_yaml(Path(__file__).with_name("openapi.yaml")))


@blueprint.get("/openapi.json")
def show() -> dict[str, Any]:
    """Show the description."""
    return read_description()
