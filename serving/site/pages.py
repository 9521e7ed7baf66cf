"""The page: the whole service for a phone that has a browser and nothing else. It needs no JavaScript.

Where there is some, the first view becomes the phone app as soon as that has arrived, and is used until then.
Sentences are in :mod:`serving.i18n.messages`, statuses in :mod:`serving.http.errors`, the rest in the templates.
"""

from dataclasses import dataclass

from flask import Blueprint, Response, after_this_request, make_response, request, url_for

from majani.decision.question import Reply, with_reply
from majani.decision.rules import Outcome
from majani.model.bundle import sha256_hex
from majani.text.example_photos import ExamplePhoto, ExampleSource
from serving.access.ownership import sender_case
from serving.cases.diagnose import Answer
from serving.cases.submission import Submission, read_case
from serving.container import services
from serving.http.errors import Problem, RequestCode, RequestError
from serving.http.security_headers import allow_app
from serving.i18n.answer_words import AnswerWords
from serving.i18n.messages import REPLIES, TITLES
from serving.i18n.negotiation import LANGUAGE_FIELD
from serving.persistence.case_record import FeedbackVerdict, Origin
from serving.persistence.models import Case
from serving.persistence.reviews import Reviews
from serving.site import rendering
from serving.site.app_build import app_build
from serving.site.leaflet import write_page
from serving.telemetry.metrics import observe_diagnosis

# Query parameter that leaves out the phone app, with any value.
PLAIN_FIELD = "plain"
# Form field that asks for an expert, with any value.
ASK_FIELD = "ask"

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def ask() -> str:
    """Show the form; asked with ``?language=``, as the switch does, in that language from now on."""
    if request.args.get(LANGUAGE_FIELD) in services().adviser.languages:
        after_this_request(rendering.keep_language)
    phone_app = None if PLAIN_FIELD in request.args else app_build()
    if phone_app is not None:
        after_this_request(allow_app)
    return rendering.page("ask.html", phone_app=phone_app)


@blueprint.post("/")
def answer() -> Response:
    """Diagnose the photos of the form and show the answer, with the form for the next leaf."""
    case, tag = read_case(request), rendering.reader_language().tag
    answered = services().cases.answer(case, origin=Origin.PAGE, language=tag, key=_key(case), must_store=False)
    observe_diagnosis(answered.diagnosis, origin=Origin.PAGE)
    return _answer_page(answered, keeps_photos=case.keeps_photos)


@blueprint.post("/answers/<diagnosis_id>/feedback")
def give_feedback(diagnosis_id: str) -> Response:
    """Store the sender's feedback, and show the answer again: browsers do not find the way back to it."""
    case, chosen = _sender_case(diagnosis_id), request.form.get("condition")
    if chosen is not None:
        services().adviser.condition(chosen)
        named = case.diagnosis.condition
        said = case.diagnosis.listed if named is None else (named,)
        verdict = FeedbackVerdict.RIGHT if chosen in {one.id for one in said} else FeedbackVerdict.WRONG
    else:
        try:
            verdict = FeedbackVerdict(request.form.get("verdict", ""))
        except ValueError as error:
            known = ", ".join(FeedbackVerdict)
            raise RequestError(RequestCode.REQUEST_INVALID, f"the verdict may be {known}") from error
    services().repository.cases.give_feedback(case.public_id, verdict, chosen)
    return _answer_page(_stored(case), keeps_photos=case.keeps_photos, is_judged=True, chosen=chosen)


@blueprint.post("/answers/<diagnosis_id>/expert")
def ask_expert(diagnosis_id: str) -> Response:
    """Show the answer again with what experts say of it; with the field ``ask``, ask for one first."""
    case = _sender_case(diagnosis_id)
    if ASK_FIELD in request.form:
        services().repository.cases.ask_expert(diagnosis_id)
        case = _sender_case(diagnosis_id)
    return _answer_page(_stored(case), keeps_photos=case.keeps_photos)


@blueprint.post("/answers/<diagnosis_id>/reply")
def reply(diagnosis_id: str) -> Response:
    """Keep the sender's reply to our question or an expert's, and show the answer again with what follows from it."""
    case = _sender_case(diagnosis_id)
    about = (request.form.get("condition", ""), request.form.get("against", ""))
    try:
        said = Reply(request.form.get("reply", ""))
        if asked := request.form.get("asked"):
            if not Reviews(services().engine).reply(case.public_id, asked, said):
                raise RequestError(RequestCode.REQUEST_INVALID, "no expert asks this")
        else:
            services().cases.give_reply(case, said, about)
    except ValueError as error:
        raise RequestError(RequestCode.REQUEST_INVALID, f"the reply may be {', '.join(Reply)}") from error
    return _answer_page(_stored(_sender_case(diagnosis_id)), keeps_photos=case.keeps_photos)


@blueprint.post("/answers/<diagnosis_id>/delete")
def delete(diagnosis_id: str) -> Response:
    """Delete an answer with its photos."""
    services().repository.delete(_sender_case(diagnosis_id).public_id)
    return _private("deleted.html")


@blueprint.get("/leaflets")
def leaflets() -> str:
    """List the leaflets crop by crop, also of crops that the model does not know."""
    taxonomy, names = services().adviser.taxonomy, rendering.reader_language().names.crops
    listed = sorted(taxonomy.crops, key=lambda crop: names[crop.id].name.casefold())
    return rendering.page("leaflets.html", listed=listed, conditions=taxonomy.conditions)


@blueprint.get("/leaflets/<condition_id>")
def leaflet(condition_id: str) -> str:
    """Show what to do about a condition as one page to print."""
    after_this_request(rendering.declare_language)
    wording = rendering.wording_of_reader()
    advice = services().adviser.advise(condition_id, wording.language)
    static, photos = url_for("static", filename=""), url_for("examples.send", file="")
    office = services().settings.office
    return write_page(advice, wording, services().examples, static=static, photos=photos, office=office)


@blueprint.get("/problems/<code>")
def explain(code: str) -> str:
    """Explain a failure: where the ``type`` of a problem leads."""
    for known, title in TITLES.items():
        if known == code:
            return rendering.page("problem.html", title=title, code=known)
    raise RequestError(RequestCode.NOT_FOUND, f"there is no problem {code!r}")


def render_problem(problem: Problem) -> str:
    """A failure in plain words, with the form to try again."""
    return rendering.page("problem.html", title=problem.title, code=problem.code)


def _answer_page(given: Answer, *, keeps_photos: bool, is_judged: bool = False, chosen: str | None = None) -> Response:
    stored, adviser = given.stored, services().adviser
    question = None if stored is None else services().cases.question_of(given.diagnosis, stored)
    diagnosis = given.diagnosis if question is None else with_reply(given.diagnosis, question)
    words, word = AnswerWords(diagnosis, rendering.wording_of_reader(), adviser), None
    if stored is not None and stored.keeps_photos:
        word = Reviews(services().engine).expert_word(stored.public_id)
    is_corrected = word is not None and word.corrects(diagnosis.condition.id if diagnosis.condition else None)
    advice = None if is_corrected else words.advice
    of = chosen if word is None or not is_corrected else word.condition
    if of is not None and of in words.wording.language.advice:
        advice = adviser.advise(of, words.wording.language)
    return _private(
        "answer.html",
        chosen_crop=diagnosis.crop_hint,
        likely_crops=[crop.id for crop in diagnosis.crops],
        keeps_photos=keeps_photos,
        is_judged=is_judged,
        diagnosis=diagnosis,
        answer=words,
        stored=stored,
        token=given.token,
        expert=word,
        replies=REPLIES,
        may_ask=diagnosis.outcome is not Outcome.RETAKE,
        ask_field=ASK_FIELD,
        verdicts=FeedbackVerdict,
        is_corrected=is_corrected,
        is_chosen=chosen is not None and not is_corrected,
        cards=[_card(one.id, words.wording.full_name(one), words) for one in diagnosis.listed if not is_corrected],
        others=[_card(one.id, words.wording.name(one.id, one.name), words) for one in diagnosis.other_troubles],
        caution=words.wording.caution() if is_corrected else words.caution,
        advice=advice,
        question=question if word is None else None,
        asked=question and adviser.ask(question, words.wording.language),
    )


@dataclass(frozen=True)
class _Card:
    """A condition to compare with the leaf; ``tells`` is the one sign and all others, empty without advice."""

    id: str
    name: str
    sign: str | None
    tells: tuple[str, str]
    photo: ExamplePhoto | None
    credit: ExampleSource | None


def _card(condition: str, name: str, words: AnswerWords) -> _Card:
    examples = services().examples
    # Who pays for every byte has drawings.
    saves_data = request.headers.get("Save-Data") == "on"
    photo = None if saves_data else next(iter(examples.photos.get(condition, ())), None)
    credit = None if photo is None else examples.sources[photo.source]
    return _Card(condition, name, services().adviser.sign(condition), words.signs(condition), photo, credit)


def _sender_case(diagnosis_id: str) -> Case:
    return sender_case(services().repository.cases, diagnosis_id, _sender_token())


def _stored(case: Case) -> Answer:
    return Answer(case.diagnosis, case, _sender_token())


def _sender_token() -> str:
    return request.form.get(rendering.TOKEN_FIELD, "")


def _private(template: str, **content: object) -> Response:
    response = make_response(rendering.page(template, **content))
    # It is about one plant at one time; going back must not show yesterday's leaf.
    response.cache_control.no_store = True
    return response


def _key(case: Submission) -> str | None:
    """Derive the key from the form and its content: other photos in the same form make another case."""
    form_key = request.form.get(rendering.KEY_FIELD)
    if not form_key:
        return None
    return sha256_hex(f"{form_key}:{case.content_hash}".encode())
