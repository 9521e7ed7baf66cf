"""Deployment settings, read once from the environment; nothing about the model, which its manifest describes."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

PREFIX = "MAJANI_"


class Settings(BaseModel):
    """What differs between one installation and the next.

    A field ``name`` is read from ``MAJANI_NAME``. Building settings opens no file; whether the bundle can be used is
    decided when the app loads it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bundle: Path = Field(
        default=Path("models/current"),
        description="Folder of the bundle to answer from. The default is the shipped bundle, seen from the repository.",
    )
    max_request_bytes: int = Field(
        default=32 * 1024 * 1024,
        ge=64 * 1024,
        description="Largest request body. Five photos of 6 MB, which is what phones save, fit into the default; five "
        "of the 16 MiB that a single photo may have would let a few senders fill a small server's memory.",
    )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the settings; a variable that is absent or empty leaves the default.

        Raises:
            pydantic.ValidationError: If a value cannot be understood; it names the field.
        """
        given = {name: environ.get(variable(name)) for name in cls.model_fields}
        return cls.model_validate({name: value for name, value in given.items() if value})


def variable(field: str) -> str:
    """Name of the environment variable that a field is read from."""
    return PREFIX + field.upper()
