"""``/v1/access``: what an access token is good for, so that who types one in learns at once whether it works."""

from typing import cast

from apiflask import APIBlueprint

from serving.access.guard import bearer
from serving.access.role import Role
from serving.access.tokens import Access
from serving.api.failures import responses
from serving.api.schemas.access import AccessEntry
from serving.http.errors import RequestCode

blueprint = APIBlueprint("access", __name__, url_prefix="/v1/access", tag="Access")


@blueprint.get("")
@blueprint.auth_required(bearer, roles=[Role.EXTENSION])
@blueprint.output(AccessEntry, description="The token lets its holder in.")
@blueprint.doc(
    operation_id="getAccess", responses=responses(RequestCode.TOKEN_INVALID, RequestCode.STORAGE_UNAVAILABLE)
)
def show() -> tuple[AccessEntry, int, dict[str, str]]:
    """Show what the access token is good for.

    Its name, its role, and when it expires. Every role may ask.
    """
    access = cast(Access, bearer.current_user)
    return AccessEntry.of(access), 200, {"Cache-Control": "no-store"}
