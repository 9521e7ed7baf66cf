"""Commands that need a clone of the repository. A wheel holds the core alone, but installs their names too."""

import sys
from importlib import import_module


def admin() -> None:
    """``majani-admin``: operate the service."""
    _run("serving.app", "admin", extra="serve")


def train() -> None:
    """``majani-train``: train, measure and adapt bundles."""
    _run("training.cli", "main", extra="train")


def _run(module: str, name: str, *, extra: str) -> None:
    try:
        command = getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        sys.exit(f"error: {error.name} is missing; in a clone of the repository: pip install --editable '.[{extra}]'")
    command()
