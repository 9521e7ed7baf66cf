"""``/v1/retention``: for how long what is kept, so that the phone app can tell people what is true here."""

from apiflask import APIBlueprint

from serving.api.schemas.schemas import Retention
from serving.container import services

blueprint = APIBlueprint("retention", __name__, url_prefix="/v1/retention", tag="Texts")


@blueprint.get("")
@blueprint.output(Retention, description="As the operator has set it.")
@blueprint.doc(operation_id="getRetention")
def show() -> Retention:
    """Show for how long answers and photos are kept."""
    settings = services().settings
    return Retention(diagnosis_days=settings.diagnosis_retention_days, photo_days=settings.photo_retention_days)
