"""Says cases, reviews and figures at the desk, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent

from majani.decision.rules import Outcome
from majani.review.priority import Signals, reasons
from serving.districts import cell_of
from serving.i18n.catalogue import sentence
from serving.i18n.phrasing import Wording
from serving.monitoring.proportion import Share
from serving.overview.findings import Finding
from serving.persistence.case_record import FeedbackVerdict
from serving.persistence.models import Case
from serving.persistence.review_record import ReviewVerdict
from serving.persistence.reviews import MOST_COUNTED
from serving.site.rendering import wording_of_reader

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.HEALTHY: sentence("healthy"),
    Outcome.CONDITION: sentence("sick"),
    Outcome.UNCERTAIN: sentence("not sure"),
    Outcome.UNKNOWN_PLANT: sentence("another plant"),
    Outcome.NOT_A_PLANT: sentence("no plant"),
    Outcome.RETAKE: sentence("photo not good enough"),
}
# Why a case is worth a look, by the names of its signals.
REASONS: Mapping[str, str] = {
    "called_wrong": sentence("Farmer says: wrong"),
    "uncertainty": sentence("Model not sure"),
    "disagreement": sentence("Photos differ"),
    "novelty": sentence("Unlike known photos"),
    "rarity": sentence("Few known photos"),
    "kinship": sentence("Like corrected cases"),
    "expert_asked": sentence("Farmer asks an expert"),
}
VERDICTS: Mapping[ReviewVerdict, str] = {
    ReviewVerdict.UNKNOWN_PLANT: sentence("Another plant"),
    ReviewVerdict.NOT_A_PLANT: sentence("Not a plant"),
    ReviewVerdict.CANNOT_TELL: sentence("Can't tell"),
    ReviewVerdict.BAD_PHOTO: sentence("Bad photo"),
}
# For reviewers who are new at the desk.
EXPLANATIONS: Mapping[ReviewVerdict, str] = {
    ReviewVerdict.UNKNOWN_PLANT: sentence("A plant, but not one of the listed crops."),
    ReviewVerdict.NOT_A_PLANT: sentence("No plant, or too little of one to judge."),
    ReviewVerdict.CANNOT_TELL: sentence("The photo is good, but it is not enough to tell."),
    ReviewVerdict.BAD_PHOTO: sentence("Too dark, too blurred or too far away to say anything."),
}
FEEDBACK: Mapping[FeedbackVerdict, str] = {
    FeedbackVerdict.RIGHT: sentence("The farmer says the answer is right."),
    FeedbackVerdict.WRONG: sentence("The farmer says the answer is wrong."),
    FeedbackVerdict.UNSURE: sentence("The farmer can't tell whether the answer is right."),
}
_DIRECTIONS = (
    sentence("%(degrees)s° north"),
    sentence("%(degrees)s° south"),
    sentence("%(degrees)s° east"),
    sentence("%(degrees)s° west"),
)


@dataclass(frozen=True)
class CaseWords:
    """The words for cases and figures in one language."""

    wording: Wording

    def reasons(self, signals: Signals | None) -> Mapping[str, str]:
        """Why a case is worth a look, by the names of its signals, the strongest reason first."""
        return {} if signals is None else {name: self.wording.say(REASONS[name]) for name in reasons(signals)}

    def reason(self, signal: str) -> str:
        """One reason, by the name of its signal."""
        return self.wording.say(REASONS[signal])

    def waiting(self, count: int) -> str:
        """How many cases are left."""
        counted = self.wording.catalogue.ngettext(
            "%(count)d case waits for you.", "%(count)d cases wait for you.", count
        )
        said = counted % {"count": count}
        return said.replace(str(count), f"{count}+") if count == MOST_COUNTED else said

    def photos(self, count: int) -> str:
        """How many photos a case has."""
        return self.wording.catalogue.ngettext("%(count)d photo", "%(count)d photos", count) % {"count": count}

    def condition(self, condition: str) -> str:
        """A condition by its name; in the words of its id if the texts do not know it, as that of another bundle."""
        if (known := self.wording.language.names.conditions.get(condition)) is not None:
            return known.name
        crop, _, name = condition.replace("_", " ").partition(".")
        return f"{name} ({self.crop(crop)})" if name else condition

    def answer(self, answer: Finding) -> str:
        """What was named, else the kind of answer."""
        named = answer.condition
        return self.wording.say(OUTCOMES[answer.outcome]) if named is None else self.condition(named)

    def crop(self, crop: str) -> str:
        """A crop by its name; by its id if the texts do not know it."""
        known = self.wording.language.names.crops.get(crop)
        return crop if known is None else known.name

    def verdict(self, verdict: ReviewVerdict) -> str:
        """One of the verdicts that name no condition."""
        return self.wording.say(VERDICTS[verdict])

    def explanation(self, verdict: ReviewVerdict) -> str:
        """What such a verdict means."""
        return self.wording.say(EXPLANATIONS[verdict])

    def label(self, label: str) -> str:
        """What a reviewer says, in a few words."""
        words = {verdict.value: verdict for verdict in VERDICTS}
        return self.verdict(words[label]) if label in words else self.condition(label)

    def share(self, share: float) -> str:
        """A share of 0..1 in whole percent; unlike a probability it may be none or all."""
        return format_percent(round(share, 2), locale=self.wording.catalogue.locale)

    def interval(self, share: Share) -> str:
        """A share with its 95 % interval and what it is based on."""
        if share.value is None:
            return "–"
        low, high = map(self.share, share.interval)
        said = {"share": self.share(share.value), "cases": self.number(share.whole), "low": low, "high": high}
        return self.wording.say("%(share)s of %(cases)s (%(low)s to %(high)s)", **said)

    def number(self, value: float) -> str:
        """Digits in groups, as the language writes them."""
        return format_decimal(value, locale=self.wording.catalogue.locale)

    def minutes(self, count: int) -> str:
        """How long something takes."""
        return self.wording.catalogue.ngettext("About %(count)d minute.", "About %(count)d minutes.", count) % {
            "count": count
        }

    def weeks(self, count: int) -> str:
        """A span of time."""
        return self.wording.catalogue.ngettext("%(count)d week", "%(count)d weeks", count) % {"count": count}

    def day(self, day: date) -> str:
        """A day with its year, for a table."""
        return format_date(day, "medium", locale=self.wording.catalogue.locale)

    def short_day(self, day: date) -> str:
        """A day of this year or the last, for the foot of a chart."""
        return format_skeleton("MMMd", day, locale=self.wording.catalogue.locale)

    def place(self, place: str) -> str:
        """A district by its name, a square by its middle."""
        cell = cell_of(place)
        if cell is None:
            return place or self.wording.say("everywhere")
        north, south, east, west = _DIRECTIONS
        vertical = (cell.latitude, north if cell.latitude >= 0 else south)
        horizontal = (cell.longitude, east if cell.longitude >= 0 else west)
        return ", ".join(
            self.wording.say(direction, degrees=format_decimal(abs(value), "0.0", locale=self.wording.catalogue.locale))
            for value, direction in (vertical, horizontal)
        )

    def month(self, day: date) -> str:
        """A month with its year."""
        return format_skeleton("yMMMM", day, locale=self.wording.catalogue.locale)

    def figure(self, value: float) -> str:
        """A number with two decimals."""
        return format_decimal(round(value, 2), format="0.00", locale=self.wording.catalogue.locale)

    def feedback(self, case: Case) -> str:
        """What the sender thinks of the answer; empty if they have not said."""
        if (feedback := case.feedback) is None:
            return ""
        verdict, named = self.wording.say(FEEDBACK[FeedbackVerdict(feedback.verdict)]), feedback.condition
        name = named and self.wording.say("They think it is: %(name)s.", name=self.condition(named))
        return f"{verdict} {name or ''}".rstrip()


def case_words() -> CaseWords:
    """Return the desk's words in the reader's language."""
    return CaseWords(wording_of_reader())
