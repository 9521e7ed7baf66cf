"""The page: the whole service for a phone that has a browser and nothing else. It needs no JavaScript.

Where there is some, the first view becomes the phone app as soon as that has arrived, and is used until then.
Sentences are in :mod:`serving.i18n.messages`, statuses in :mod:`serving.http.errors`, the rest in the templates.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, after_this_request, make_response, request, url_for

from majani.decision.diagnosis import Named
from majani.decision.question import Question, Reply
from majani.decision.rules import OUTCOMES_WITH_CAUTION, Outcome
from majani.model.bundle import sha256_hex
from majani.text.example_photos import ExamplePhoto, ExampleSource
from serving.access.ownership import sender_case
from serving.cases.diagnose import Answer
from serving.cases.submission import Submission, read_case
from serving.container import services
from serving.http.errors import Problem, RequestCode, RequestError
from serving.http.security_headers import allow_app
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
# Ends the first sentence of what to look for, which is the one sign that tells.
_FIRST_SENTENCE = re.compile(r"(?<=[.!?।؟])\s+")

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
        said = case.diagnosis.listed if case.diagnosis.condition is None else ()
        verdict = FeedbackVerdict.RIGHT if chosen in {named.id for named in said} else FeedbackVerdict.WRONG
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
    diagnosis, stored, adviser = given.diagnosis, given.stored, services().adviser
    language, word, advice = rendering.reader_language(), None, None
    if stored is not None and stored.keeps_photos:
        word = Reviews(services().engine).expert_word(stored.public_id)
    is_corrected = word is not None and word.corrects(diagnosis.condition.id if diagnosis.condition else None)
    if not is_corrected:
        advice = adviser.advise_on(diagnosis, language)
    elif word is not None and word.condition is not None and word.condition in language.advice:
        advice = adviser.advise(word.condition, language)
    if chosen is not None and not is_corrected:
        advice = adviser.advise(chosen, language)
    about = {} if word is not None else _question(given)
    # Those of a named answer are asked about only where it was wrong, which needs the app.
    shown = (
        [] if is_corrected or diagnosis.condition is not None else _after_reply(diagnosis.listed, about.get("question"))
    )
    blind = diagnosis.one_of.blind_spots if diagnosis.one_of is not None else ()
    return _private(
        "answer.html",
        chosen_crop=diagnosis.crop_hint,
        keeps_photos=keeps_photos,
        is_judged=is_judged,
        diagnosis=diagnosis,
        stored=stored,
        token=given.token,
        expert=word,
        replies=REPLIES,
        may_ask=diagnosis.outcome is not Outcome.RETAKE,
        ask_field=ASK_FIELD,
        verdicts=FeedbackVerdict,
        is_corrected=is_corrected,
        is_chosen=chosen is not None and not is_corrected,
        plan=adviser.plan_on(diagnosis),
        cards=[_card(named.id, rendering.wording_of_reader().full_name(named)) for named in shown],
        blind=[_card(one.id, one.name) for one in blind],
        has_caution=is_corrected or diagnosis.outcome in OUTCOMES_WITH_CAUTION,
        advice=advice,
        **about,
    )


@dataclass(frozen=True)
class _Card:
    """A condition to compare with the leaf; ``tells`` is the one sign and all others, empty without advice."""

    id: str
    name: str
    sign: str | None = None
    tells: tuple[str, ...] = ()
    photo: ExamplePhoto | None = None
    credit: ExampleSource | None = None


def _card(condition: str, name: str) -> _Card:
    advice, examples = rendering.reader_language().advice.get(condition), services().examples
    if advice is None:
        return _Card(condition, name)
    known = rendering.reader_language().names.conditions[condition].name
    # Who pays for every byte has drawings.
    saves_data = request.headers.get("Save-Data") == "on"
    photo = None if saves_data else next(iter(examples.photos.get(condition, ())), None)
    first, *others = _FIRST_SENTENCE.split(advice.see, maxsplit=1)
    credit = None if photo is None else examples.sources[photo.source]
    return _Card(condition, known, services().adviser.sign(condition), (first, *others, "")[:2], photo, credit)


def _after_reply(shown: Sequence[Named], question: Question | None) -> list[Named]:
    """What a reply makes likelier comes first, and what it makes less likely last."""
    if question is None:
        return list(shown)
    unlikely = question.condition if question.reply is Reply.NO else None
    return sorted(shown, key=lambda named: (named.id == unlikely) - (named.id == question.likelier))


def _question(answered: Answer) -> dict[str, Any]:
    """What the page shows of the question: nothing where no reply could be kept, or the language has no text for it."""
    question = services().cases.question_of(answered.diagnosis, answered.stored)
    if question is None or answered.stored is None:
        return {}
    adviser, language = services().adviser, rendering.reader_language()
    asked = adviser.ask(question, language)
    if asked is None:
        return {}
    likelier = None if question.likelier is None else adviser.advise(question.likelier, language)
    return {"question": question, "asked": asked, "likelier": likelier}


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
