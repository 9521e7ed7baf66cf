"""``/v1/model``: which bundle answers here, and what is known about it."""

from apiflask import APIBlueprint

from majani.bundle import Manifest
from serving.services import services

blueprint = APIBlueprint("model", __name__, url_prefix="/v1/model", tag="Model")


@blueprint.get("")
@blueprint.output(Manifest, description="The manifest of the bundle, as shipped.")
@blueprint.doc(operation_id="getModel")
def show() -> Manifest:
    """Show the model's manifest.

    Version, checksum, size, crops, classes, thresholds, metrics and provenance.
    """
    return services().diagnoser.manifest
