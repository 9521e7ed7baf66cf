"""What an answer says, by its grade: one sentence for all channels, and what stands below it.

The phone says the same sentences, ``web/src/text/wording.ts``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from majani.decision.diagnosis import Diagnosis
from majani.decision.grades import Grade
from majani.decision.practice import Plan
from majani.decision.rules import OUTCOMES_WITH_CAUTION, Outcome, Why
from majani.decision.wording import tenths
from majani.image.quality import RetakeReason
from majani.model.bundle import NamedId
from majani.text.advice import Advice, Adviser
from serving.i18n import messages
from serving.i18n.phrasing import Wording

# Ends the first sentence of what to look for, which is the one sign that tells.
_FIRST_SENTENCE = re.compile(r"(?<=[.!?।؟])\s+")


@dataclass(frozen=True)
class AnswerWords:
    """An answer in the words of one language."""

    diagnosis: Diagnosis
    wording: Wording
    adviser: Adviser

    @property
    def label(self) -> str:
        """What kind of answer it is, above the headline; may be empty."""
        said, say, name = self.diagnosis, self.wording.say, self.wording.name
        if said.why is Why.ANOTHER_CROP:
            return say(messages.ANOTHER_CROP, said=name(said.crop_hint or ""), crop=name(*self._crops[0]))
        if said.why is Why.WHICH_CROP or said.grade is Grade.PROBABLY:
            return ""
        if said.grade is Grade.ONE_OF:
            return say(messages.LOOKS_SICK) if said.looks_sick is not None else ""
        return say(messages.NOT_CLEAR if said.grade is Grade.NOT_CLEAR else messages.LABELS[said.outcome])

    @property
    def headline(self) -> str:
        """The answer in a few words."""
        said, say, names = self.diagnosis, self.wording.say, [*map(self.wording.full_name, self.diagnosis.listed)]
        if said.why is Why.SEVERAL_PLANTS:
            return say(messages.SEVERAL_PLANTS, crops=self.wording.listed([*map(self.wording.name, said.crops_shown)]))
        if said.why is Why.FEW_KNOWN:
            return say(messages.FEW_KNOWN)
        if not names:
            return say(messages.HEADLINES.get(said.outcome, messages.WHICH_CROP))
        if said.grade is Grade.PROBABLY:
            return say(messages.NO_SIGN) if self._is_well else say(messages.PROBABLY, name=names[0])
        is_sure = said.grade is Grade.MOST_LIKELY
        return names[0] if is_sure else say(messages.COMPARE, names=self.wording.listed(names, "or"))

    @property
    def title(self) -> str:
        """The answer in one line that can stand alone."""
        if self.diagnosis.why is Why.ANOTHER_CROP:
            return self.label
        if self.diagnosis.grade is Grade.MOST_LIKELY:
            return self.wording.say(messages.MOST_LIKELY, name=self.headline)
        return self.headline

    @property
    def check(self) -> str:
        """The one sign by which to check what is only probable."""
        first = self.diagnosis.first if self.diagnosis.grade is Grade.PROBABLY and not self._is_well else None
        sign = self.signs(first.id)[0] if first else ""
        return self.wording.say(messages.CHECK_FIRST, sign=sign) if sign else ""

    def signs(self, condition: str) -> tuple[str, str]:
        """The one sign of a condition that tells most, and all others; empty where there is no text."""
        advice = self.wording.language.advice.get(condition)
        first, *others = ("",) if advice is None else _FIRST_SENTENCE.split(advice.see, maxsplit=1)
        return first, "".join(others)

    @property
    def likely_crops(self) -> str:
        """The crops that the photos leave, where nobody has named it."""
        crops = self._crops if self.diagnosis.why is Why.WHICH_CROP else ()
        return self.wording.listed([self.wording.name(*crop) for crop in crops], "or")

    def explanation(self, crops: Sequence[NamedId]) -> str:
        """What it means and what would make it better, empty where that was done; ``crops`` are the model's."""
        said, known = self.diagnosis, self.wording.language.names.crops.get(self.diagnosis.crop_hint or "")
        if known is not None and said.outcome is Outcome.UNKNOWN_PLANT:
            if said.crop_hint not in {crop.id for crop in crops}:
                return self.wording.say("Majani does not know this crop from photos yet.")
            return self.wording.say(
                "You said: %(said)s. The photo looks like no crop that Majani knows.", said=known.name
            )
        if said.grade is None or said.outcome is Outcome.HEALTHY:
            return self.wording.explained(said.outcome, crops)
        is_helped = said.needs_photos and said.first is not None
        return self.wording.explained(Outcome.UNCERTAIN, crops) if is_helped else ""

    @property
    def sure(self) -> str:
        """How often such answers are right, as a count that needs no mathematics; empty where nothing was counted."""
        said = self.diagnosis
        if said.probability is None or said.first is None or said.why is Why.FEW_KNOWN:
            return ""
        sentence = messages.NAME_RIGHT if said.is_named else messages.LIST_RIGHT
        return self.wording.say(sentence, right=tenths(said.probability))

    @property
    def something_else(self) -> str:
        """What ends every answer that shows conditions: the model knows none of these."""
        return "" if self.diagnosis.first is None else self.wording.say(messages.SOMETHING_ELSE)

    @property
    def other_troubles(self) -> str:
        """What no photo can be told from; empty where there is nothing."""
        troubles = () if self.diagnosis.first is None else self.diagnosis.other_troubles
        names = self.wording.listed([self.wording.name(one.id, one.name) for one in troubles])
        return f"{self.wording.say(messages.OTHER_TROUBLES)} {names}" if names else ""

    @property
    def caution(self) -> str:
        """The warning before anything that may lead a person to spray; empty where nothing does."""
        is_needed = self.diagnosis.outcome in OUTCOMES_WITH_CAUTION and not self._is_well
        return self.wording.caution() if is_needed else ""

    @property
    def ask_officer(self) -> str:
        """In place of advice, on what a district has taught and nobody has a text on."""
        named = self.diagnosis.condition
        is_needed = named is not None and named.id not in self.wording.language.advice
        return self.wording.with_office(self.wording.say(messages.ASK_OFFICER)) if is_needed else ""

    @property
    def advice(self) -> Advice | None:
        """The advice, where that may be followed: what can't be undone comes with no grade below *most likely*."""
        is_sure = self.diagnosis.grade is Grade.MOST_LIKELY
        return self.adviser.advise_on(self.diagnosis, self.wording.language) if is_sure else None

    @property
    def plan(self) -> Plan:
        """What can be done today, whichever of the listed conditions it is."""
        return self.adviser.plan_on(self.diagnosis)

    @property
    def steps(self) -> tuple[str, ...]:
        """What to do today."""
        if self.advice is not None:
            return self.advice.today
        return tuple(self.wording.language.practices[one.id] for one in self.plan.practices)

    @property
    def better(self) -> tuple[str, ...]:
        """What was wrong with the photos, where none was good enough."""
        photos = self.diagnosis.photos
        reasons = {reason for photo in photos for reason in photo.retake if not any(one.used for one in photos)}
        return tuple(self.wording.say(messages.RETAKE[reason]) for reason in RetakeReason if reason in reasons)

    def lines(self, crops: Sequence[NamedId]) -> tuple[str, ...]:
        """All that stands below the title, but for what to do, the caution and how sure it is."""
        above = (self.label, self.headline) if self.diagnosis.grade is not None else ()
        said = (line for line in above if line not in self.title)
        explained = "" if self.diagnosis.outcome is Outcome.RETAKE and self.better else self.explanation(crops)
        others = (self.something_else, self.other_troubles, self.ask_officer)
        return tuple(filter(None, (*said, self.likely_crops, self.check, explained, *self.better, *others)))

    @property
    def _is_well(self) -> bool:
        """Whether healthy is named, or nothing worse was seen."""
        first = self.diagnosis.first
        return first is not None and first.is_healthy and self.diagnosis.is_named

    @property
    def _crops(self) -> Sequence[tuple[str, str]]:
        return [(crop.id, crop.name) for crop in self.diagnosis.crops]
