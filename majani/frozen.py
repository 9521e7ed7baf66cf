"""The base of all models that are read from files or sent."""

from pydantic import BaseModel, ConfigDict


class FrozenModel(BaseModel):
    """Cannot be changed once it is made; an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
