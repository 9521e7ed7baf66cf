"""Answers that exist over HTTP only; a diagnosis and a manifest are described by the core itself."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Health(_Frozen):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(_Frozen):
    """The process has a working bundle."""

    status: Literal["ready"] = "ready"
    model_version: str
