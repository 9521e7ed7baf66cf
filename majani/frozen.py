"""The base of all models that are read from files or sent."""

from pydantic import BaseModel, ConfigDict


class FrozenModel(BaseModel):
    """Cannot be changed once it is made; an unknown field and a number without end are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
