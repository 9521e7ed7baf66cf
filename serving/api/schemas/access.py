"""An access token over HTTP."""

from datetime import datetime

from majani.frozen import FrozenModel
from serving.access.role import Role


class AccessEntry(FrozenModel):
    """The device or desk that an access token was made for, its role, and its expiry."""

    name: str
    role: Role
    expires_at: datetime
