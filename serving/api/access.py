"""``/v1/access``: what an access token is good for, so that a device learns at once whether its token works."""

from datetime import datetime

from flask import Blueprint, Response

from majani.frozen import FrozenModel
from serving.access.guard import require_role
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.container import services
from serving.http.document import respond_private

blueprint = Blueprint("access", __name__, url_prefix="/v1/access")


class AccessEntry(FrozenModel):
    """The device or desk that an access token was made for, its role, its expiry, and its worker."""

    name: str
    role: Role
    expires_at: datetime
    worker: str


@blueprint.get("")
def show() -> Response:
    """Show the name, role, expiry and worker of the access token. Every role may ask."""
    access = require_role(Role.EXTENSION)
    worker = AccessTokens(services().engine).worker_key(access)
    return respond_private(AccessEntry(name=access.name, role=access.role, expires_at=access.expires_at, worker=worker))
