"""``/v1/office`` and ``/v1/retention``: what the operator says of this place. The phone app shows it."""

import math
from datetime import timedelta

from flask import Blueprint, Response

from majani.frozen import FrozenModel
from serving.container import services
from serving.http.document import Document, respond
from serving.persistence.engine import StorageError
from serving.persistence.reviews import Reviews
from serving.settings import Office

blueprint = Blueprint("office", __name__, url_prefix="/v1")


class PlaceEntry(FrozenModel):
    """The office if there is one, the region's crops by id, and within how many days half of the askers were answered.

    ``answer_days`` is absent where too few asked, or most still wait.
    """

    office: Office | None
    first_crops: tuple[str, ...]
    answer_days: int | None


@blueprint.get("/office")
def show() -> Response:
    """Show what differs between one place and the next."""
    settings = services().settings
    entry = PlaceEntry(office=settings.office, first_crops=settings.first_crops, answer_days=_answer_days())
    return respond(Document.of(entry))


@blueprint.get("/retention")
def show_retention() -> dict[str, int]:
    """Show for how many days the service keeps answers, photos and visits."""
    settings = services().settings
    return {
        "diagnosis_days": settings.diagnosis_retention_days,
        "photo_days": settings.photo_retention_days,
        "visit_days": settings.visit_retention_days,
    }


def _answer_days() -> int | None:
    try:
        wait = Reviews(services().engine).usual_wait()
    except StorageError:
        # The number to call matters most just then.
        return None
    return None if wait is None else max(1, math.ceil(wait / timedelta(days=1)))
