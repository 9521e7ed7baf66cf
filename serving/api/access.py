"""``/v1/access``: what an access token is good for, so that a device learns at once whether its token works."""

from datetime import datetime

from flask import Blueprint, Response

from majani.frozen import FrozenModel
from serving.access.guard import require_role
from serving.access.role import Role
from serving.http.document import respond_private

blueprint = Blueprint("access", __name__, url_prefix="/v1/access")


class AccessEntry(FrozenModel):
    """The device or desk that an access token was made for, its role, its expiry, and the number of its worker."""

    name: str
    role: Role
    expires_at: datetime
    worker_id: int


@blueprint.get("")
def show() -> Response:
    """Show the name, role and expiry of the access token. Every role may ask."""
    return respond_private(AccessEntry.model_validate(require_role(Role.EXTENSION), from_attributes=True))
