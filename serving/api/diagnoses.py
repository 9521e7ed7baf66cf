"""``/v1/diagnoses``: photos of one plant in, the ranked answer out."""

from apiflask import APIBlueprint
from flask import request

from majani.diagnoser import Diagnosis
from serving.case import read_case
from serving.problems import responses
from serving.services import services

blueprint = APIBlueprint("diagnoses", __name__, url_prefix="/v1/diagnoses", tag="Diagnoses")


@blueprint.post("")
@blueprint.output(Diagnosis, description="The answer; being uncertain and asking for a better photo are answers too.")
@blueprint.doc(operation_id="diagnose", responses=responses(400, 413, 415, 422))
def diagnose() -> Diagnosis:
    """Diagnose one case.

    Send 1 to 5 photos of one plant as a form (`photo`, repeated; `crop`, optional), or one photo as the body. A photo
    that cannot be used is reported beside the answer from the others; only if none can be read does the request fail.
    """
    case = read_case(request)
    return services().diagnoser.diagnose(case.photos, crop_hint=case.crop_hint)
