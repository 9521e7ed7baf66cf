"""The services of ``deploy/compose.yaml``."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from tests.deploy.dockerfile import ROOT

COMPOSE = ROOT / "deploy/compose.yaml"
OURS = "majani-"


@cache
def compose() -> Mapping[str, Any]:
    """The whole file, with its repetitions spelt out."""
    return dict(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")))


def services(*, ours: bool = False) -> Mapping[str, Mapping[str, Any]]:
    """By name; only those of our image if ``ours``."""
    found = compose()["services"]
    return {name: one for name, one in found.items() if not ours or one["image"].startswith(OURS)}
