"""Says cases and reviews at the desk, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass

from babel.numbers import format_decimal

from majani.review.priority import Signals, reasons
from serving.desk import phrasing
from serving.i18n.catalogue import sentence
from serving.i18n.phrasing import Wording
from serving.persistence.case_record import CaseRecord, FeedbackVerdict
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.site.rendering import wording_of_reader

# Why a case is worth a look, by the names of its signals.
REASONS: Mapping[str, str] = {
    "called_wrong": sentence("The farmer says the answer is wrong"),
    "uncertainty": sentence("The model is not sure"),
    "disagreement": sentence("The photos look like different things"),
    "novelty": sentence("Unlike the photos the model learned from"),
    "rarity": sentence("The model learned from few photos of this"),
    "kinship": sentence("Like cases that reviewers corrected"),
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


@dataclass(frozen=True)
class CaseWords:
    """The words for cases in one language."""

    wording: Wording

    def reasons(self, signals: Signals | None) -> Mapping[str, str]:
        """Why a case is worth a look, by the names of its signals, the strongest reason first."""
        return {} if signals is None else {name: self.wording.say(REASONS[name]) for name in reasons(signals)}

    def waiting(self, count: int) -> str:
        """How many cases are left."""
        counted = self.wording.catalogue.ngettext(
            "%(count)d case waits for you.", "%(count)d cases wait for you.", count
        )
        return counted % {"count": count}

    def photos(self, count: int) -> str:
        """How many photos a case has."""
        return self.wording.catalogue.ngettext("%(count)d photo", "%(count)d photos", count) % {"count": count}

    def condition(self, condition: str) -> str:
        """A condition by its name; by its id if the texts do not know it."""
        return phrasing.condition_name(self.wording, condition)

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

    def review(self, review: NewReview) -> str:
        """What a reviewer says, in a few words."""
        return self.verdict(review.verdict) if review.condition is None else self.condition(review.condition)

    def label(self, label: str) -> str:
        """The same by its label."""
        words = {verdict.value: verdict for verdict in VERDICTS}
        return self.verdict(words[label]) if label in words else self.condition(label)

    def share(self, share: float) -> str:
        """A share of 0..1 in whole percent."""
        return phrasing.share(self.wording, share)

    def figure(self, value: float) -> str:
        """A number with two decimals."""
        return format_decimal(round(value, 2), format="0.00", locale=self.wording.catalogue.locale)

    def feedback(self, case: CaseRecord) -> str:
        """What the sender thinks of the answer; empty if they have not said."""
        feedback = case.feedback
        if feedback is None:
            return ""
        verdict = self.wording.say(FEEDBACK[feedback.verdict])
        if feedback.condition is None:
            return verdict
        name = self.wording.say("They think it is: %(name)s.", name=self.condition(feedback.condition))
        return f"{verdict} {name}"


def case_words() -> CaseWords:
    """Return the desk's words in the reader's language."""
    return CaseWords(wording_of_reader())
