"""``/desk/shadow``: how a challenger does, for those who decide whether to promote it."""

from flask import Blueprint, Response

from serving.access.guard import district_of
from serving.access.role import Role
from serving.container import services
from serving.desk.layout import desk_page
from serving.desk.session import signed_in
from serving.http.errors import DESK_PREFIX
from serving.monitoring.model_comparison import compare
from serving.persistence.shadow_answers import ShadowAnswers

# Pairs of models, and cases listed of each.
_MAX_MATCHES = 3
_MAX_LISTED = 50

blueprint = Blueprint("shadow", __name__, url_prefix=f"{DESK_PREFIX}/shadow")


@blueprint.get("")
def show() -> Response:
    """Show where the challenger and the model that answers differ, and who is right."""
    access = signed_in(Role.AGRONOMIST)
    district = district_of(access)
    answers = ShadowAnswers(services().engine)
    challenger = services().cases.shadow.challenger
    return desk_page(
        "shadow.html",
        challenger=None if challenger is None else challenger.manifest.version,
        comparisons=[
            compare(match, answers.compare(match, district)) for match in answers.model_pairs()[:_MAX_MATCHES]
        ],
        max_listed=_MAX_LISTED,
        reviewer=access.worker_id,
    )
