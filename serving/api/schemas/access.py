"""An access token over HTTP."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from serving.access.role import Role
from serving.access.tokens import Access


class AccessEntry(BaseModel):
    """What the access token that was shown is good for.

    Attributes:
        name: Which device or desk it was made for.
        expires_at: Until when, unless somebody revokes it before.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    role: Role
    expires_at: datetime

    @classmethod
    def of(cls, access: Access) -> Self:
        """Leave out what only its operator needs."""
        return cls(name=access.name, role=access.role, expires_at=access.expires_at)
