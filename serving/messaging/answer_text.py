"""What a message says of a photo, and of what experts say of it.

A named condition is answered with the advice's own short text, and how often such answers are right. A less sure answer
says what it is and how to do better, and nothing about products. Where something may be wrong with the plant, it says
to ask someone who knows the plant before spraying.
"""

from collections.abc import Iterator, Sequence

from majani.decision.diagnosis import Diagnosis
from majani.decision.question import Reply, answer_question
from majani.decision.rules import OUTCOMES_WITH_CAUTION, Outcome
from majani.image.quality import RetakeReason
from majani.model.bundle import NamedId
from majani.text.advice import Adviser
from serving.i18n.messages import LESS_LIKELY, LIKELIER, REPLIES, RETAKE, TODAY, URGENT
from serving.i18n.phrasing import Wording
from serving.messaging.command import DELETE, EXPERT, HOW_TO_ASK, HOW_TO_REPLY, PHOTO_OF, READ_MORE
from serving.messaging.short_message import fold
from serving.persistence.models import Case
from serving.persistence.review_record import OUTCOMES_TO_ASK_ABOUT, ExpertWord


def describe(
    diagnosis: Diagnosis, *, adviser: Adviser, wording: Wording, crops: Sequence[NamedId], is_expert_offered: bool
) -> str:
    """The answer to one photo; ``crops`` are all that the model knows."""
    advice = adviser.advise_on(diagnosis, wording.language)
    if advice is None:
        unsure = _unsure(diagnosis, wording, crops, is_expert_offered=is_expert_offered)
        return "\n".join([unsure, *_today(diagnosis, adviser, wording), *_question(diagnosis, adviser, wording)])
    return fold(f"{advice.text_short} {wording.confidence(diagnosis)}".strip())


def describe_word(case: Case, word: ExpertWord, wording: Wording) -> str:
    """What experts say of one photo, with the advice on what they name."""
    day = wording.say(PHOTO_OF, day=wording.day(case.created_at.date()))
    advice = wording.language.advice.get(word.condition or "")
    replies = " / ".join(wording.say(reply) for reply in REPLIES.values())
    how = wording.say(HOW_TO_REPLY, replies=replies) if word.is_question else ""
    parts = [day, wording.expert(word, case.diagnosis.condition), wording.remark(word), how]
    return "\n".join(part for part in (*parts, "" if advice is None else advice.text_short) if part)


def say_commands(wording: Wording, text: str) -> str:
    """A sentence that names the words for an expert and for deleting."""
    return wording.say(text, expert=wording.say(EXPERT), delete=wording.say(DELETE))


def _unsure(diagnosis: Diagnosis, wording: Wording, crops: Sequence[NamedId], *, is_expert_offered: bool) -> str:
    headline = wording.headline(diagnosis)
    is_poor = not any(photo.used for photo in diagnosis.photos)
    reasons = {reason for photo in diagnosis.photos for reason in photo.retake if is_poor}
    better = [wording.say(RETAKE[reason]) for reason in RetakeReason if reason in reasons]
    if diagnosis.outcome is Outcome.RETAKE:
        return "\n".join([headline, *better])
    caution = [wording.caution()] if diagnosis.outcome in OUTCOMES_WITH_CAUTION else []
    is_offered = is_expert_offered and diagnosis.outcome in OUTCOMES_TO_ASK_ABOUT
    offer = [say_commands(wording, HOW_TO_ASK)] if is_offered else []
    others = [f"{wording.something_else()} {wording.say(READ_MORE)}"] if diagnosis.leaves_open else []
    trust = [] if diagnosis.one_of is None else [wording.trust(diagnosis), wording.blind_spots(diagnosis.one_of)]
    told = [headline, *trust, *others, wording.explanation(diagnosis, crops), *better, *offer, *caution]
    return "\n".join(part for part in told if part)


def _today(diagnosis: Diagnosis, adviser: Adviser, wording: Wording) -> Iterator[str]:
    """What to do today whichever it is, and the photo that would tell more."""
    plan, said = adviser.plan_on(diagnosis), wording.language
    if plan.urgent:
        yield wording.say(URGENT)
    if plan.practices:
        yield wording.say(TODAY)
    yield from (said.practices[one.id] for one in plan.practices)
    yield from (said.views[view] for view in plan.views)


def _question(diagnosis: Diagnosis, adviser: Adviser, wording: Wording) -> Iterator[str]:
    """The question with what each reply means: nothing is kept that a reply could come back to."""
    question = adviser.question_on(diagnosis)
    asked = None if question is None else adviser.ask(question, wording.language)
    if question is None or asked is None:
        return
    yield asked
    name = wording.language.names.conditions[question.condition].name
    if answer_question(diagnosis, question, Reply.YES).likelier is not None:
        yield wording.say(LIKELIER, name=name)
    yield wording.say(LESS_LIKELY, name=name)
