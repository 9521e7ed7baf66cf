"""An access token over HTTP."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from serving.access.role import Role
from serving.access.tokens import Access


class AccessEntry(BaseModel):
    """The device or desk that an access token was made for, its role, and its expiry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    role: Role
    expires_at: datetime

    @classmethod
    def of(cls, access: Access) -> Self:
        """Leave out what only its operator needs."""
        return cls(name=access.name, role=access.role, expires_at=access.expires_at)
