"""The page: the whole service for a phone that has a browser and nothing else. It needs no JavaScript.

Sentences are in :mod:`serving.sentences`, statuses in :mod:`serving.problems`, the rest in the templates.
"""

from flask import Blueprint, Response, after_this_request, make_response, render_template, request, url_for

from majani.decision import OUTCOMES_WITH_CANDIDATES, OUTCOMES_WITH_CAUTION
from majani.language import Language
from serving.case import CROP_FIELD, PHOTO_FIELD, read_case
from serving.leaflet import write_page
from serving.negotiation import LANGUAGE_FIELD, choose_language
from serving.problems import KINDS, Problem, RequestCode, RequestError
from serving.services import services
from serving.wording import Wording

# A candidate below this is noise to a reader.
MIN_SHOWN_PROBABILITY = 0.02
LANGUAGE_COOKIE = "language"
# Browsers keep none for longer than about this.
_COOKIE_AGE_S = 400 * 24 * 60 * 60

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def ask() -> str:
    """Show the form; asked with ``?language=``, as the switch does, in that language from now on."""
    if request.args.get(LANGUAGE_FIELD) in services().adviser.languages:
        after_this_request(_keep_language)
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
        has_caution=diagnosis.outcome in OUTCOMES_WITH_CAUTION,
        advice=services().adviser.advise_on(diagnosis, _language()),
    )
    response = make_response(page)
    # It is about one plant at one time; going back must not show yesterday's leaf.
    response.cache_control.no_store = True
    return response


@blueprint.get("/leaflets/<condition_id>")
def leaflet(condition_id: str) -> str:
    """Show what to do about a condition as one page to print."""
    after_this_request(_declare_language)
    wording = _wording()
    advice = services().adviser.advise(condition_id, wording.language)
    return write_page(advice, wording, static=url_for("static", filename=""))


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
    after_this_request(_declare_language)
    manifest, wording = services().diagnoser.manifest, _wording()
    fixed = {
        "words": wording,
        "say": wording.say,
        "language": wording.language,
        "languages": services().adviser.languages.values(),
        "crops": sorted(manifest.crops, key=lambda crop: wording.crop_name(crop).casefold()),
        "model_version": manifest.version,
        "photo_field": PHOTO_FIELD,
        "crop_field": CROP_FIELD,
    }
    return render_template(template, **fixed | content)


def _language() -> Language:
    """By the address, then by what was chosen before, then by what the browser asks for."""
    languages = services().adviser.languages
    kept = request.cookies.get(LANGUAGE_COOKIE)
    if kept is not None and kept in languages and LANGUAGE_FIELD not in request.args:
        return languages[kept]
    return choose_language(request, languages)


def _wording() -> Wording:
    language = _language()
    return Wording(language, services().catalogues[language.tag])


def _declare_language(response: Response) -> Response:
    response.headers["Content-Language"] = _language().tag
    response.vary.update(["Accept-Language", "Cookie"])
    return response


def _keep_language(response: Response) -> Response:
    response.set_cookie(
        LANGUAGE_COOKIE,
        _language().tag,
        max_age=_COOKIE_AGE_S,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response
