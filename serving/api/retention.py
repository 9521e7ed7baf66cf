"""``/v1/retention``: how many days the service keeps answers, photos and visits. The phone app shows it."""

from flask import Blueprint

from serving.container import services

blueprint = Blueprint("retention", __name__, url_prefix="/v1/retention")


@blueprint.get("")
def show() -> dict[str, int]:
    """Show the periods, as the operator has set them."""
    settings = services().settings
    return {
        "diagnosis_days": settings.diagnosis_retention_days,
        "photo_days": settings.photo_retention_days,
        "visit_days": settings.visit_retention_days,
    }
