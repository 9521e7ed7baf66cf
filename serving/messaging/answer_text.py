"""What a message says of a photo, and of what experts say of it.

The sentence of all channels comes first. What is most likely is followed by the advice's own short text; a less sure
answer says how to do better, what can be done today, and nothing about products.
"""

from collections.abc import Iterator, Sequence

from majani.decision.question import Reply, with_reply
from majani.decision.rules import Why
from majani.model.bundle import NamedId
from serving.i18n.answer_words import AnswerWords
from serving.i18n.messages import MOST_LIKELY, REPLIES, TODAY, URGENT
from serving.i18n.phrasing import Wording
from serving.messaging.command import DELETE, EXPERT, HOW_TO_ASK, HOW_TO_NAME_A_CROP, HOW_TO_REPLY, PHOTO_OF, READ_MORE
from serving.messaging.short_message import fold
from serving.persistence.models import Case
from serving.persistence.review_record import OUTCOMES_TO_ASK_ABOUT, ExpertWord


def describe(words: AnswerWords, *, crops: Sequence[NamedId], is_expert_offered: bool, is_sms: bool = False) -> str:
    """The answer to one photo; ``crops`` are all that the model knows. Each SMS costs money: it has what is needed."""
    if words.advice is not None:
        short = words.advice.text_short
        # Most begin with the name, and some with a shorter one.
        is_named = short.startswith(words.headline)
        first = words.wording.say(MOST_LIKELY, name=short) if is_named else f"{words.title}\n{short}"
        others = () if is_sms else (_others(words), words.other_troubles)
        return fold("\n".join(filter(None, (first, words.sure, *others, words.caution))))
    less_sure = _less_sure(words, crops, is_expert_offered=is_expert_offered)
    return "\n".join([*less_sure, *_today(words), *_question(words)])


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


def _less_sure(words: AnswerWords, crops: Sequence[NamedId], *, is_expert_offered: bool) -> Iterator[str]:
    said = words.diagnosis
    is_offered = is_expert_offered and said.outcome in OUTCOMES_TO_ASK_ABOUT
    lines = (_others(words) if line == words.something_else else line for line in words.lines(crops))
    how = words.wording.say(HOW_TO_NAME_A_CROP) if said.why is Why.WHICH_CROP else ""
    offer = say_commands(words.wording, HOW_TO_ASK) if is_offered else ""
    yield from filter(None, (words.title, *lines, words.sure, how, offer, words.caution))


def _others(words: AnswerWords) -> str:
    """What else it may be, which a word leads to."""
    return f"{words.something_else} {words.wording.say(READ_MORE)}" if words.something_else else ""


def _today(words: AnswerWords) -> Iterator[str]:
    """What to do today whichever it is, and the photo that would tell more."""
    if words.plan.urgent:
        yield words.wording.say(URGENT)
    if words.steps:
        yield words.wording.say(TODAY)
    yield from words.steps
    yield from (words.wording.language.views[view] for view in words.plan.views)


def _question(words: AnswerWords) -> Iterator[str]:
    """The question with what each reply makes of the answer: nothing is kept that a reply could come back to."""
    question = words.adviser.question_on(words.diagnosis)
    asked = None if question is None else words.adviser.ask(question, words.wording.language)
    if question is None or asked is None:
        return
    yield asked
    for reply in (Reply.YES, Reply.NO):
        after = with_reply(words.diagnosis, question.model_copy(update={"reply": reply}))
        yield f"{words.wording.say(REPLIES[reply])}: {AnswerWords(after, words.wording, words.adviser).title}"
