"""The page: the whole service for a phone that has a browser and nothing else. It needs no JavaScript.

Sentences are in :mod:`serving.wording`, statuses in :mod:`serving.problems`, the rest in the templates.
"""

from flask import Blueprint, Response, make_response, render_template, request

from majani.decision import OUTCOMES_WITH_CANDIDATES
from majani.diagnoser import MAX_PHOTOS
from serving import wording
from serving.case import CROP_FIELD, PHOTO_FIELD, read_case
from serving.problems import KINDS, Problem, RequestCode, RequestError
from serving.services import services

# A candidate below this is noise to a reader.
MIN_SHOWN_PROBABILITY = 0.02

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def ask() -> str:
    """Show the form."""
    return _page("ask.html")


@blueprint.post("/")
def answer() -> Response:
    """Diagnose the photos of the form and show the answer, with the form for the next leaf."""
    case = read_case(request)
    diagnosis = services().diagnoser.diagnose(case.photos, crop_hint=case.crop_hint)
    shown = [one for one in diagnosis.candidates if one.probability >= MIN_SHOWN_PROBABILITY]
    page = _page(
        "answer.html",
        chosen_crop=case.crop_hint,
        diagnosis=diagnosis,
        candidates=shown if diagnosis.outcome in OUTCOMES_WITH_CANDIDATES else [],
    )
    response = make_response(page)
    # It is about one plant at one time; going back must not show yesterday's leaf.
    response.cache_control.no_store = True
    return response


@blueprint.get("/problems/<code>")
def explain(code: str) -> str:
    """Explain a failure: where the ``type`` of a problem leads."""
    for known, (_, title) in KINDS.items():
        if known == code:
            return _page("problem.html", title=title, code=known)
    raise RequestError(RequestCode.NOT_FOUND, f"there is no problem {code!r}")


def render_problem(problem: Problem) -> str:
    """A failure in plain words, with the form to try again."""
    return _page("problem.html", title=problem.title, code=problem.code)


def _page(template: str, **content: object) -> str:
    manifest = services().diagnoser.manifest
    fixed = {
        "wording": wording,
        "crops": manifest.crops,
        "model_version": manifest.version,
        "max_photos": MAX_PHOTOS,
        "photo_field": PHOTO_FIELD,
        "crop_field": CROP_FIELD,
    }
    return render_template(template, **fixed | content)
