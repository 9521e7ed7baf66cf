"""The answer to one message. It knows people by their hashes, and no platform.

A named condition is answered with the advice's own short text, and how often such answers are right if there is room. A
less sure answer says what it is and how to do better, and nothing about products. Where something may be wrong with the
plant, it says to ask someone who knows the plant before spraying.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import Diagnosis
from majani.decision.question import Reply, answer_question
from majani.decision.rules import OUTCOMES_WITH_CAUTION, Outcome
from majani.errors import PhotoError
from majani.image.quality import RetakeReason
from majani.model.bundle import NamedId
from majani.text.advice import Adviser
from serving.cases.admission import Admission
from serving.http.errors import RequestCode
from serving.i18n.messages import EXPLANATIONS, LESS_LIKELY, LIKELIER, RETAKE
from serving.i18n.negotiation import first_known
from serving.i18n.phrasing import Wording
from serving.messaging.command import (
    HOW_TO_STOP,
    LANGUAGE_SET,
    LANGUAGES,
    START,
    STOP,
    STOPPED,
    Commands,
)
from serving.messaging.platform import Deadline, Incoming, PlatformError, PlatformName
from serving.messaging.short_message import fits, fold
from serving.persistence.recipients import Recipients, Wishes
from serving.telemetry.metrics import observe_diagnosis

# Limit of one sender in one process. An album has 10 photos on Telegram and 30 on WhatsApp, one message each.
_MESSAGES = parse("60 per minute")
# How often the service tells a sender that they exceed the limit.
_NOTICES = parse("1 per minute")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Conversation:
    """Everything that an answer depends on, with wordings by language tag; safe to share between threads."""

    diagnoser: Diagnoser
    admission: Admission
    adviser: Adviser
    recipients: Recipients
    commands: Commands
    wordings: Mapping[str, Wording]
    default_language: str
    limiter: FixedWindowRateLimiter = field(default_factory=lambda: FixedWindowRateLimiter(MemoryStorage()))

    def answer(
        self, incoming: Incoming, *, platform: PlatformName, address_hash: str, deadline: Deadline
    ) -> str | None:
        """The answer to a message, or None for a sender who has opted out or sends too much; raises ``busy``."""
        wishes = self.recipients.wishes(address_hash)
        command = self.commands.understand(incoming.text)
        if wishes.opted_out and command != START:
            return None
        wording = self.wordings[self._language(wishes, incoming)]
        # Opting out always works.
        if command != STOP and not self.limiter.hit(_MESSAGES, address_hash):
            return wording.remedy(RequestCode.RATE_LIMITED) if self.limiter.hit(_NOTICES, address_hash) else None
        if command is not None or incoming.fetch_photo is None:
            return self._obey(command, wishes, wording, platform=platform, address_hash=address_hash)
        try:
            photo = incoming.fetch_photo(deadline)
            with self.admission:
                diagnosis = self.diagnoser.diagnose([photo])
            observe_diagnosis(diagnosis, origin=platform)
        except PhotoError as error:
            return wording.remedy(error.code)
        except PlatformError as error:
            logger.warning("%s: a photo could not be fetched: %s", platform, error)
            return wording.remedy(RequestCode.REQUEST_MALFORMED)
        return describe(diagnosis, adviser=self.adviser, wording=wording, crops=self.diagnoser.manifest.crops)

    def apology(self, incoming: Incoming, *, address_hash: str) -> str | None:
        """The text for a sender whose message could not be answered; None after opting out."""
        wishes = self.recipients.wishes(address_hash)
        if wishes.opted_out:
            return None
        return self.wordings[self._language(wishes, incoming)].remedy(RequestCode.INTERNAL_ERROR)

    def _obey(
        self, command: str | None, wishes: Wishes, wording: Wording, *, platform: PlatformName, address_hash: str
    ) -> str:
        if command == STOP:
            self.recipients.remember(channel=platform, address_hash=address_hash, opted_out=True)
            # The last message: that it worked, and the way back.
            return wording.say(STOPPED, start=wording.say(START))
        if command is not None and command in self.wordings:
            self.recipients.remember(channel=platform, address_hash=address_hash, language=command)
            chosen = self.wordings[command]
            return chosen.say(LANGUAGE_SET, language=chosen.language.name)
        if wishes.opted_out:
            self.recipients.remember(channel=platform, address_hash=address_hash, opted_out=False)
        # Any text that is not a command also gets the help.
        return self._help(wording)

    def _help(self, wording: Wording) -> str:
        names = [other.language.name for tag, other in self.wordings.items() if tag != wording.language.tag]
        sentences = (
            wording.say(EXPLANATIONS[Outcome.NOT_A_PLANT]),
            wording.say(LANGUAGES, languages=", ".join(names)),
            wording.say(HOW_TO_STOP, stop=wording.say(STOP)),
        )
        return "\n".join(sentences)

    def _language(self, wishes: Wishes, incoming: Incoming) -> str:
        """A language that was chosen, else the one that the platform knows of, also if ours is less special."""
        found = first_known((wishes.language or "", incoming.language or ""), self.wordings)
        return self.default_language if found is None else found


def describe(diagnosis: Diagnosis, *, adviser: Adviser, wording: Wording, crops: Sequence[NamedId]) -> str:
    """The answer to one photo; ``crops`` are all that the model knows."""
    advice = adviser.advise_on(diagnosis, wording.language)
    if advice is None:
        return "\n".join([_unsure(diagnosis, wording, crops), *_question(diagnosis, adviser, wording)])
    text = fold(advice.text_short)
    with_confidence = f"{text} {fold(wording.confidence(diagnosis.confidence))}"
    return with_confidence if fits(with_confidence) else text


def _unsure(diagnosis: Diagnosis, wording: Wording, crops: Sequence[NamedId]) -> str:
    headline = wording.headline(diagnosis)
    if diagnosis.outcome is Outcome.RETAKE:
        reasons = {reason for photo in diagnosis.photos for reason in photo.retake}
        return "\n".join([headline, *(wording.say(RETAKE[reason]) for reason in RetakeReason if reason in reasons)])
    caution = [wording.caution()] if diagnosis.outcome in OUTCOMES_WITH_CAUTION else []
    return "\n".join([headline, wording.explanation(diagnosis, crops), *caution])


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
