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
    """The device or desk that an access token was made for, role, expiry and worker, and its district if any."""

    name: str
    role: Role
    expires_at: datetime
    worker: str
    district: str | None


@blueprint.get("")
def show() -> Response:
    """Show what the access token is good for. Every person's role may ask."""
    access = require_role(Role.EXTENSION)
    shown = {name: getattr(access, name) for name in ("name", "role", "expires_at", "district")}
    return respond_private(AccessEntry(**shown, worker=AccessTokens(services().engine).worker_key(access)))
