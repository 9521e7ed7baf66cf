"""The answer to one message. It knows people by their hashes, and no platform.

A photo may have the name of its crop below it. Nothing is kept of a photo, unless its sender writes below it that an
expert may see it. What experts say comes with the next answer: a platform takes no message of ours long after the
sender's last one, and we have no number to write to.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from majani.decision.diagnosis import Diagnosis
from majani.decision.rules import Outcome
from majani.errors import PhotoError
from majani.model.bundle import sha256_hex
from majani.text.advice import Adviser
from serving.cases.diagnose import CaseService
from serving.cases.submission import Submission
from serving.clock import now
from serving.http.errors import RequestCode
from serving.i18n.answer_words import AnswerWords
from serving.i18n.messages import EXPLANATIONS
from serving.i18n.negotiation import first_known
from serving.i18n.phrasing import Wording
from serving.messaging import command as texts
from serving.messaging.answer_text import describe, describe_word, say_commands
from serving.messaging.command import Commands
from serving.messaging.crop_advice import CropAdvice
from serving.messaging.platform import Deadline, Incoming, PlatformError, Sender
from serving.messaging.short_message import fold
from serving.persistence.engine import StorageError
from serving.persistence.reviews import Reviews
from serving.persistence.senders import Recipients, Wishes
from serving.telemetry.metrics import observe_diagnosis

# Limit of one sender in one process. An album has 10 photos on Telegram and 30 on WhatsApp, one message each.
_MESSAGES = parse("60 per minute")
# Each costs us up to four, and another machine may be answering.
_SMS = parse("60 per day")
# Each keeps a photo for years.
_KEPT = parse("60 per day")
# How often the service tells a sender that they exceed the limit.
_NOTICES = parse("1 per minute")
# A message takes no more.
_TOLD_AT_ONCE = 5
# WhatsApp takes no answer later. What people end holds for as long as platforms deliver again; nothing older is obeyed,
# because whoever has kept a delivery could send it once its claim is forgotten.
_ANSWERED, _OBEYED = timedelta(days=1), timedelta(days=7)
# Of the name of a district, at most.
_WORDS = 4

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """A text, and the cases and experts' labels in it, which count as told once it was sent."""

    text: str
    told: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Conversation:
    """Everything that an answer depends on, with wordings by language tag; safe to share between threads."""

    cases: CaseService
    reviews: Reviews
    adviser: Adviser
    recipients: Recipients
    commands: Commands
    crop_advice: CropAdvice
    wordings: Mapping[str, Wording]
    default_language: str
    limiter: FixedWindowRateLimiter = field(default_factory=lambda: FixedWindowRateLimiter(MemoryStorage()))

    def answer(self, incoming: Incoming, sender: Sender, deadline: Deadline) -> Answer | None:
        """The answer to a message; raises ``busy``.

        None for a sender who has opted out or sends too much, and for a message that comes more than a day late.
        """
        age = timedelta(0) if incoming.sent_at is None else now() - incoming.sent_at
        if age > _ANSWERED:
            logger.warning("%s: a message comes %d days late and is not answered", sender.platform, age.days)
        if age > _OBEYED:
            return None
        incoming = self._placed(incoming)
        wishes = self.recipients.wishes(*sender.hashes)
        command = self.commands.understand(incoming.text)
        # However much was written; only the answer to it is limited.
        if command == texts.DELETE and (wishes.opted_out or incoming.fetch_photo is None):
            self._delete(incoming, sender)
        if command == texts.STOP and not wishes.opted_out:
            self._remember(sender, opted_out=True)
        if age > _ANSWERED or (wishes.opted_out and command != texts.START):
            return None
        wording = self.wordings[self._language(wishes, incoming)]
        # Opting out always works.
        if command != texts.STOP and not self.limiter.hit(_MESSAGES, sender.first):
            is_noticed = self.limiter.hit(_NOTICES, sender.first)
            return Answer(wording.remedy(RequestCode.RATE_LIMITED)) if is_noticed else None
        if command != texts.STOP and incoming.is_sms and not self.limiter.hit(_SMS, sender.first):
            return None
        if incoming.fetch_photo is None or command in (texts.STOP, texts.START):
            text = self._obey(command, incoming, sender, wishes, wording)
        else:
            is_kept = command == texts.EXPERT and not self._is_deleted(incoming, sender)
            is_kept = is_kept and self.limiter.hit(_KEPT, sender.first)
            text = self._diagnose(incoming, sender, wording, deadline, is_kept=is_kept)
        is_asking = command == texts.EXPERT and incoming.fetch_photo is None
        # Who ends it gets nothing else.
        words = {} if command == texts.STOP else self._expert_words(sender, wording, is_only_new=not is_asking)
        answer = "\n\n".join([*words.values(), *([] if is_asking and words else [text])])
        return Answer(fold(answer) if incoming.is_sms else answer, tuple(words))

    def note_told(self, answer: Answer) -> None:
        """Keep what the sender was told, so that the next answer leaves it out."""
        for public_id, label in answer.told:
            self.reviews.note_told(public_id, label)

    def _placed(self, incoming: Incoming) -> Incoming:
        """The message with the district that it names, which may end the words below a photo."""
        words = [] if incoming.fetch_photo is None or incoming.district else incoming.text.split()
        for at in range(max(0, len(words) - _WORDS), len(words)):
            if self.cases.intake.districts.known(name := " ".join(words[at:])):
                return replace(incoming, text=" ".join(words[:at]), district=name)
        return incoming

    def _diagnose(
        self, incoming: Incoming, sender: Sender, wording: Wording, deadline: Deadline, *, is_kept: bool
    ) -> str:
        """The answer to a photo, which may be kept for an expert; one without a leaf never is."""
        if incoming.fetch_photo is None:
            raise ValueError("the message has no photo")
        crop = self.crop_advice.crop(incoming.text, wording)
        crops = self.cases.intake.of_district(incoming.district).manifest.crops
        if crop not in (None, *(known.id for known in crops)):
            return f"{wording.not_helped(crops)}\n{self.crop_advice.answer(incoming.text, wording)}"
        try:
            photos, district = (incoming.fetch_photo(deadline),), incoming.district
            case = Submission(
                photos,
                crop,
                keeps_photos=is_kept,
                sender_hash=sender.first,
                alias_hash=sender.alias,
                district=district,
            )
            if is_kept:
                diagnosis = self._keep(case, incoming, sender, wording.language.tag)
            else:
                diagnosis = self.cases.intake.examine(case)[0].diagnosis
            observe_diagnosis(diagnosis, origin=sender.platform)
            incoming.note(diagnosis)
            is_kept = is_kept and diagnosis.outcome is not Outcome.NOT_A_PLANT
        except PhotoError as error:
            return wording.remedy(error.code)
        except PlatformError as error:
            logger.warning("%s: a photo could not be fetched: %s", sender.platform, error)
            return wording.remedy(RequestCode.REQUEST_MALFORMED)
        words = AnswerWords(diagnosis, wording, self.adviser)
        text = describe(words, crops=crops, is_expert_offered=not is_kept, is_sms=incoming.is_sms)
        # Nobody remembers whose first message it was.
        lines = [text, wording.program(), *([say_commands(wording, texts.EXPERT_ASKED)] if is_kept else [])]
        return "\n".join(lines)

    def _keep(self, case: Submission, incoming: Incoming, sender: Sender, language: str) -> Diagnosis:
        # The hash in it has a key: an id alone holds the sender's number.
        key = sha256_hex(f"{sender.first}:{incoming.message_id}".encode())
        answered = self.cases.answer(case, origin=sender.platform, language=language, key=key, must_store=True)
        repository, kept = self.cases.repository, answered.stored
        if kept is None or not kept.keeps_photos:
            return answered.diagnosis
        if self._is_deleted(incoming, sender):
            # Since the photo was fetched. Who deletes notes it first, so one of the two sees the other.
            repository.delete(kept.public_id)
        else:
            repository.cases.ask_expert(kept.public_id)
        return answered.diagnosis

    def apology(self, incoming: Incoming, sender: Sender) -> Answer | None:
        """The text for a sender whose message could not be answered; None after opting out."""
        wishes = self.recipients.wishes(*sender.hashes)
        if wishes.opted_out:
            return None
        return Answer(self.wordings[self._language(wishes, incoming)].remedy(RequestCode.INTERNAL_ERROR))

    def _remember(self, sender: Sender, **wish: str | bool) -> None:
        for address_hash in sender.hashes:
            self.recipients.remember(channel=sender.platform, address_hash=address_hash, **wish)

    def _obey(self, command: str | None, incoming: Incoming, sender: Sender, wishes: Wishes, wording: Wording) -> str:
        if command == texts.STOP:
            # The last message: that it worked, and the way back.
            return wording.say(texts.STOPPED, start=wording.say(texts.START))
        if command is not None and command in self.wordings:
            self._remember(sender, language=command)
            chosen = self.wordings[command]
            return chosen.say(texts.LANGUAGE_SET, language=chosen.language.name)
        if command == texts.DELETE:
            return f"{wording.say(texts.DELETED)} {wording.say(texts.LONGER)}"
        if command == texts.EXPERT:
            has_asked = len(self.cases.repository.cases.of_sender(*sender.hashes)) > 0
            return wording.say(texts.NO_EXPERT_YET) if has_asked else say_commands(wording, texts.HOW_TO_ASK)
        if (reply := self.commands.reply(incoming.text)) is not None:
            words = self.reviews.of_sender(*sender.hashes)
            # Each plant has a reply of its own.
            for case, word in sorted(words, key=lambda of: (of[0].exchange or {}).get("question") == of[1].remark):
                is_told = word.is_question and word.label == case.told_label
                if is_told and self.reviews.reply(case.public_id, word.remark or "", reply):
                    return wording.say(texts.REPLIED)
        if wishes.opted_out:
            self._remember(sender, opted_out=False)
        # Any other text also gets the help.
        help_with = self.crop_advice.help_by_sms if incoming.is_sms else self._help
        return self.crop_advice.answer(incoming.text, wording) or help_with(wording)

    def _expert_words(self, sender: Sender, wording: Wording, *, is_only_new: bool) -> dict[tuple[str, str], str]:
        words: dict[tuple[str, str], str] = {}
        # What was not told yet comes first.
        found = sorted(self.reviews.of_sender(*sender.hashes), key=lambda of: of[1].label == of[0].told_label)
        for case, word in found:
            if len(words) == _TOLD_AT_ONCE:
                break
            if not is_only_new or word.label != case.told_label:
                words[case.public_id, word.label] = describe_word(case, word, wording)
        return words

    def _delete(self, incoming: Incoming, sender: Sender) -> None:
        cases = self.cases.repository.cases
        # What tells that ids are of one person goes with the cases.
        hashes = cases.hashes_of(*sender.hashes)
        if incoming.sent_at is not None:
            for address_hash in hashes:
                cases.note_deletion(address_hash, incoming.sent_at)
        failed: StorageError | None = None
        for public_id in cases.of_sender(*hashes):
            try:
                self.cases.repository.delete(public_id)
            except StorageError as error:
                failed = error
        if failed is not None:
            raise failed

    def _is_deleted(self, incoming: Incoming, sender: Sender) -> bool:
        """Whether the sender deleted everything after this message, which platforms may deliver days late."""
        deleted_at = self.cases.repository.cases.deleted_at(*sender.hashes)
        return deleted_at is not None and incoming.sent_at is not None and incoming.sent_at <= deleted_at

    def _help(self, wording: Wording) -> str:
        names = [other.language.name for tag, other in self.wordings.items() if tag != wording.language.tag]
        sentences = (
            wording.say(EXPLANATIONS[Outcome.NOT_A_PLANT]),
            wording.program(has_looked=False),
            wording.say(texts.HOW_TO_NAME_A_CROP),
            wording.say(texts.LANGUAGES, languages=", ".join(names)),
            wording.say(texts.HOW_TO_STOP, stop=wording.say(texts.STOP)),
        )
        return "\n".join(sentences)

    def _language(self, wishes: Wishes, incoming: Incoming) -> str:
        """A language that was chosen, else the one that the platform knows of, also if ours is less special."""
        found = first_known((wishes.language or "", incoming.language or ""), self.wordings)
        return self.default_language if found is None else found
