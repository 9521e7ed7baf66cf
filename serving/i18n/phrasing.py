"""Says names, dates, photos, experts and advice in the language of the person who asked, as answers need them.

The sentences are in :mod:`serving.i18n.messages` and in the templates. This module fills in names, numbers and dates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from babel.dates import format_date
from babel.lists import format_list

from majani.decision.diagnoser import MAX_PHOTOS
from majani.decision.diagnosis import Named, PhotoResult
from majani.decision.rules import Outcome
from majani.model.bundle import NamedId
from majani.taxonomy import NOT_A_PLANT
from majani.text.advice import Advice
from majani.text.language import Language, Review, ReviewStatus
from serving.http.errors import Code
from serving.i18n import messages
from serving.i18n.catalogue import Catalogue
from serving.persistence.case_record import FeedbackVerdict
from serving.persistence.review_record import ExpertVerdict, ExpertWord
from serving.settings import Office


@dataclass(frozen=True)
class Wording:
    """Everything that a page says, in one language."""

    language: Language
    catalogue: Catalogue
    # Where there are no buttons to call or to write.
    office: Office | None = None

    def say(self, sentence: str, **facts: object) -> str:
        """An English sentence in this language, with its ``%(name)s`` filled in."""
        return self.catalogue.gettext(sentence) % facts if facts else self.catalogue.gettext(sentence)

    def program(self, *, has_looked: bool = True) -> str:
        """Say who looks at photos, and that it can be wrong."""
        return self.say(messages.PROGRAM if has_looked else messages.PROGRAM_LOOKS)

    def not_helped(self, crops: Sequence[NamedId]) -> str:
        """What is said of a plant that the model does not know."""
        return self.explained(Outcome.UNKNOWN_PLANT, crops)

    def explained(self, outcome: Outcome, crops: Sequence[NamedId]) -> str:
        """What an outcome means and what would make it better; ``crops`` are all that the model knows."""
        return self.say(
            messages.EXPLANATIONS[outcome], crops=self.listed([self.name(crop.id, crop.name) for crop in crops])
        )

    def photo_notes(self, photo: PhotoResult) -> tuple[str, ...]:
        """What became of one photo, as sentences; a photo that was used needs only one."""
        if photo.used:
            note = (self.say("Used for the answer."),)
            return (*note, self.say("We see no leaf on it.")) if photo.shows == NOT_A_PLANT else note
        if photo.error is not None:
            return self.say("Not used."), self.remedy(photo.error)
        return (self.say("Not used."), *(self.say(messages.RETAKE[reason]) for reason in photo.retake))

    def photos_heading(self, count: int) -> str:
        """What stands above the notes on so many photos."""
        return self.catalogue.ngettext("Your photo", "Your photos", count)

    def photo_limit(self) -> str:
        """How many photos one answer takes."""
        limit = self.catalogue.ngettext(
            "Up to %(count)d photo.", "Up to %(count)d photos, all of the same plant.", MAX_PHOTOS
        )
        return limit % {"count": MAX_PHOTOS}

    def remedy(self, code: Code) -> str:
        """What to do about a failure."""
        return self.say(messages.REMEDIES[code])

    def remedy_at_desk(self, code: Code) -> str:
        """The same for who looks at cases."""
        return self.say(messages.REMEDIES_AT_DESK.get(code, messages.REMEDIES[code]))

    def verdict(self, verdict: FeedbackVerdict) -> str:
        """Name one of the verdicts that a person can give on an answer."""
        return self.say(messages.VERDICTS[verdict])

    def caution(self) -> str:
        """Return the warning for every answer that may lead a person to spray."""
        return self.with_office(self.say(messages.CAUTION))

    def with_office(self, sentence: str) -> str:
        """A sentence that sends people to an extension officer, with name and number where there is no button."""
        return sentence if self.office is None else f"{sentence} {self.office.name}: {self.office.telephone}"

    def reason(self, advice: Advice) -> str:
        """Why it happens and how fast it spreads."""
        spread = messages.SPREAD.get(advice.spread)
        return advice.why if spread is None else f"{advice.why} {self.say(spread)}"

    def product(self, advice: Advice) -> str:
        """What may be said about products; empty where nothing may."""
        return self.say(messages.PRODUCT[advice.product]) if advice.product in messages.PRODUCT else ""

    def look_alikes(self, advice: Advice) -> str:
        """What else looks like it; empty if nothing does."""
        names = [other.name for other in advice.confused_with]
        return self.say("It can be mistaken for: %(names)s.", names=self.listed(names)) if names else ""

    def reviews(self, advice: Advice) -> tuple[str, ...]:
        """Say who has checked the advice and who its translation, or that the check is missing."""
        agronomist = messages.NOT_REVIEWED if advice.review.status is not ReviewStatus.REVIEWED else messages.REVIEWED
        if advice.text_language != advice.language:
            return (self._review(agronomist, advice.review), self.say(messages.NOT_TRANSLATED))
        reader = messages.DRAFTED if advice.text_review.status is not ReviewStatus.REVIEWED else messages.CHECKED
        return (self._review(agronomist, advice.review), self._review(reader, advice.text_review))

    def expert(self, word: ExpertWord, answered: Named | None) -> str:
        """What experts say of a case in which this condition, if any, was answered."""
        if word.condition is None:
            said = self.say(messages.EXPERT[word.verdict])
            return self.with_office(said) if word.verdict is ExpertVerdict.DISAGREEMENT else said
        name = self.name(word.condition)
        if answered is None:
            return self.say(messages.EXPERT[ExpertVerdict.CONDITION], name=name)
        if not word.corrects(answered.id):
            return self.say(messages.EXPERT_AGREES, name=name)
        return self.say(messages.EXPERT_CORRECTS, name=name, other=self.full_name(answered))

    def remark(self, word: ExpertWord) -> str:
        """The sentence that an expert chose; empty if there is none, or none in this language."""
        return self.language.remarks.get(word.remark or "", "")

    def drafted(self) -> str:
        """Say that no native reader has checked this language; empty if one has."""
        return "" if self.language.review.status is ReviewStatus.REVIEWED else self.say(messages.DRAFTED)

    def model_name(self, version: str) -> str:
        """A model version as people say it: "Model of 3 May 2026 (0a1b2c3d)"."""
        try:
            day = self.day(date.fromisoformat(version[:10].replace(".", "-")))
        # The operator who trains a model chooses its version. Show an unknown form unchanged.
        except ValueError:
            return self.say("Model %(version)s", version=version)
        return self.say("Model of %(day)s (%(checksum)s)", day=day, checksum=version[11:])

    def day(self, day: date) -> str:
        """A date with the month's name."""
        return format_date(day, "long", locale=self.catalogue.locale)

    def listed(self, names: Sequence[str], style: Literal["standard", "or"] = "standard") -> str:
        """Names as an enumeration: "beans, maize and coffee"."""
        return format_list(list(names), style=style, locale=self.catalogue.locale)

    def name(self, id_: str, fallback: str = "") -> str:
        """A crop or condition by its name; where the language has none, that of the bundle, else its id."""
        names = self.language.names
        known = names.conditions.get(id_) or names.crops.get(id_)
        return known.name if known else fallback or id_

    def full_name(self, condition: Named) -> str:
        """The condition's name as a heading; where only the bundle has one, with the crop if it leaves that open."""
        known = self.language.names.conditions.get(condition.id)
        if known is not None:
            return known.name
        name, crop = condition.name, condition.crop_name.lower()
        heading = name[:1].upper() + name[1:]
        return heading if crop in name.lower() else f"{heading} ({crop})"

    def _review(self, sentence: str, review: Review) -> str:
        return self.say(sentence, name=review.by, day=self.day(review.on)) if review.on else self.say(sentence)
