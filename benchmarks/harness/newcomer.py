"""Plays a new user without this checkout: their environment, and the photo that they ask about."""

import argparse
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from benchmarks.serving_speed.photo import pick

_OURS = ("MAJANI_", "VIRTUAL_ENV", "PYTHON")


def environment() -> Mapping[str, str]:
    """The variables of this process, but no settings of ours, no virtual environment, and nothing that pip has kept."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}
    path = os.pathsep.join(word for word in os.environ["PATH"].split(os.pathsep) if ".venv" not in word)
    return {**kept, "PATH": path, "PIP_NO_CACHE_DIR": "1"}


def run(*command: object, **how: object) -> str:
    """What a command prints; it has to succeed."""
    done = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True, **how)  # type: ignore[call-overload]  # noqa: S603
    said: str = done.stdout
    return said


def photo_of(parser: argparse.ArgumentParser) -> Path:
    """The photo that the command line names; without one, one of the mirror (MAJANI_MIRROR)."""
    parser.add_argument("photo", type=Path, nargs="?")
    named: Path | None = parser.parse_args().photo
    return (named or pick(Path(os.environ["MAJANI_MIRROR"]), 1)[0]).resolve()
