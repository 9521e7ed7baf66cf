"""``/openapi.json``: the description of the API. It is kept by hand, in ``openapi.yaml`` beside this module."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint

from serving.i18n.texts import read_yaml

blueprint = Blueprint("description", __name__)

_FILE = Path(__file__).with_name("openapi.yaml")


@cache
def read_description() -> dict[str, Any]:
    """Read the description, which takes a tenth of the service's start; few clients ask for it."""
    return dict(read_yaml(_FILE))


def read_version() -> str:
    """Read the API's version alone: its second number rises with what is added, the first if a client has to change."""
    [version] = re.findall(r'^  version: "(.+)"$', _FILE.read_text(encoding="utf-8"), re.MULTILINE)
    return str(version)


@blueprint.get("/openapi.json")
def show() -> dict[str, Any]:
    """Show the description."""
    return read_description()
