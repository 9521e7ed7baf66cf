"""Advice on a condition: facts that hold in every language, joined with the texts of one language.

The texts never mention a product. Whether one may be mentioned is decided here, from facts, as a code; the sentence
that goes with the code is fixed and the same for every condition. Only a case whose condition was named gets advice:
on anything less sure there is nothing to say about products.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, ValidationError

from majani.decision.diagnosis import Diagnosis
from majani.decision.practice import Effects, Plan, Practice, View, plan
from majani.decision.question import Question, Ratio, choose_question
from majani.decision.rules import Outcome
from majani.errors import CaseError, ErrorCode, LanguageError
from majani.frozen import FrozenModel
from majani.taxonomy import HEALTHY, Action, Condition, ConditionId, Kind, Slug, Taxonomy
from majani.text.language import (
    CAUSES,
    ENGLISH,
    AdviceText,
    Language,
    LanguageTag,
    Review,
    ReviewStatus,
    Text,
    refuse_gaps,
)
from majani.text.practice import PracticeFacts, refuse_unknown, safe_beside

OUTCOMES_WITH_ADVICE = (Outcome.CONDITION, Outcome.HEALTHY)
_WILT = "wilt_or_rot"


class Spread(StrEnum):
    """How fast a condition spreads once it is there."""

    DAYS = "days"
    WEEKS = "weeks"
    SEASON = "season"
    YEARS = "years"
    NONE = "none"


class Cure(StrEnum):
    """What helps on this season's plants."""

    HAND = "hand"
    BIOLOGICAL = "biological"
    CHEMICAL = "chemical"
    FEED = "feed"


class Product(StrEnum):
    """What may be said about products: ask for a registered one, that none cures this, or nothing."""

    REGISTERED_PRODUCT = "registered_product"
    NO_CURE = "no_cure"
    NONE = "none"


class Source(FrozenModel):
    """Where a fact was taken from; a source may show no year, and a printed book has no link."""

    title: Text
    publisher: Text
    year: Annotated[int, Field(ge=1900, le=2100)] | None
    link: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None


class QuestionFacts(FrozenModel):
    """What "yes" counts, as :class:`Question` has it, and the title of the source that names the sign."""

    ratio: Ratio
    source: Text


class Facts(FrozenModel):
    """What holds about a condition or other cause in every language; an agronomist reviews them and the English text.

    ``questions`` tell the condition from others, by their ids; ``sign`` is the id of its drawing in
    ``serving/static/signs.svg``, ``view`` the photo that decides.
    """

    spread: Spread
    sign: Slug | None = None
    cure: tuple[Cure, ...]
    confused_with: tuple[ConditionId, ...]
    sources: tuple[Source, ...] = Field(min_length=1)
    view: View = View.LEAF
    practices: PracticeFacts = PracticeFacts()
    review: Review
    questions: Mapping[ConditionId, QuestionFacts] = Field(default_factory=dict)


class LookAlike(FrozenModel):
    """Another condition, by its name in the language of the advice."""

    id: ConditionId
    name: str


class Advice(AdviceText):
    """The advice on one condition or other cause in one language; a phone without a connection shows the same.

    Attributes:
        crop, crop_name: None for another cause.
        local: Other names of the condition.
        product: Code of the sentence about products.
        review: By an agronomist.
        text_review: By a native reader.
        text_language: English where the advice is not translated yet.
        questions: Facts of the questions in ``ask``.
    """

    id: ConditionId
    language: LanguageTag
    crop: Slug | None
    crop_name: str | None
    name: str
    local: tuple[str, ...]
    spread: Spread
    sign: Slug | None
    product: Product
    confused_with: tuple[LookAlike, ...]
    sources: tuple[Source, ...]
    review: Review
    text_review: Review
    text_language: LanguageTag
    questions: Mapping[ConditionId, QuestionFacts]


class Adviser:
    """Taxonomy, facts and languages, complete and checked against each other; safe to share between threads."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        facts: Mapping[str, Facts],
        languages: Mapping[str, Language],
        practices: Sequence[Practice],
    ) -> None:
        """Join what :func:`parse_facts`, :func:`majani.text.language.parse_language` and the like have checked.

        Raises:
            LanguageError: If a practice or a view has no sentence, or the facts name a practice that is not there.
        """
        refuse_unknown(practices, {condition_id: known.practices for condition_id, known in facts.items()})
        for language in languages.values():
            refuse_gaps(f"language {language.tag!r}: practices", set(language.practices), {one.id for one in practices})
            refuse_gaps(f"language {language.tag!r}: views", set(language.views), set(View))
        self.taxonomy = taxonomy
        self.languages = languages
        self._facts = facts
        self._conditions = {condition.id: condition for condition in taxonomy.conditions}
        self._questions = {
            (condition_id, other): Question(condition=condition_id, against=other, ratio=asked.ratio)
            for condition_id, known in facts.items()
            for other, asked in known.questions.items()
        }
        effects = {
            condition_id: _effects(known, self._conditions.get(condition_id)) for condition_id, known in facts.items()
        }
        causes = [known for condition_id, known in effects.items() if condition_id not in self._conditions]
        self.practices = safe_beside(practices, causes)
        self.effects = {condition_id: effects[condition_id] for condition_id in self._conditions}

    def condition(self, condition_id: str) -> Condition:
        """Look up a condition, or raise CaseError with ``condition_unknown``."""
        if condition_id not in self._conditions:
            raise CaseError(ErrorCode.CONDITION_UNKNOWN, f"there is no condition {condition_id!r}")
        return self._conditions[condition_id]

    def sign(self, condition_id: str) -> str | None:
        """Id of the drawing of a condition; None if there is none, or these texts do not know the condition."""
        return self._facts[condition_id].sign if condition_id in self._facts else None

    def advise(self, condition_id: str, language: Language) -> Advice:
        """Everything that is shown about a condition or other cause, or CaseError with ``condition_unknown``."""
        names = language.names
        condition = None if condition_id in CAUSES else self.condition(condition_id)
        facts, name = self._facts[condition_id], {**names.conditions, **names.causes}[condition_id]
        return Advice(
            id=condition_id,
            language=language.tag,
            crop=condition and condition.crop,
            crop_name=condition and names.crops[condition.crop].name,
            name=name.name,
            local=name.local,
            **dict(language.advice[condition_id]),
            spread=facts.spread,
            sign=facts.sign,
            product=Product.NONE if condition is None else product(condition, facts),
            confused_with=tuple(
                LookAlike(id=other_id, name=names.conditions[other_id].name) for other_id in facts.confused_with
            ),
            sources=facts.sources,
            review=facts.review,
            text_review=language.review,
            text_language=ENGLISH if condition_id in language.untranslated else language.tag,
            questions=facts.questions,
        )

    def advise_on(self, diagnosis: Diagnosis, language: Language) -> Advice | None:
        """The advice that goes with an answer; None if no condition was named, or these texts no longer know it."""
        if diagnosis.outcome not in OUTCOMES_WITH_ADVICE or diagnosis.condition is None:
            return None
        if diagnosis.condition.id not in self._conditions:
            return None
        return self.advise(diagnosis.condition.id, language)

    def question_on(self, diagnosis: Diagnosis) -> Question | None:
        """The one question that goes with an answer, or None."""
        return choose_question(diagnosis, self._questions)

    def plan_on(self, diagnosis: Diagnosis) -> Plan:
        """What to do today, whichever of the listed conditions it is."""
        return plan(diagnosis, self.practices, self.effects)

    def ask(self, question: Question, language: Language) -> str | None:
        """The question's text; None where these texts have none, or know its conditions no longer."""
        advice = language.advice.get(question.condition)
        return None if advice is None else advice.ask.get(question.against)


def product(condition: Condition, facts: Facts) -> Product:
    """Choose what may be said about products.

    Against a virus there is never a product, even if the facts list one: a farmer must not buy what cannot help.
    """
    if condition.kind is Kind.VIRUS:
        return Product.NO_CURE
    if Cure.CHEMICAL in facts.cure:
        return Product.REGISTERED_PRODUCT
    if condition.action is Action.ROGUE_AND_VECTOR or condition.parent == _WILT:
        return Product.NO_CURE
    return Product.NONE


def parse_facts(raw: Mapping[str, Any], taxonomy: Taxonomy) -> Mapping[str, Facts]:
    """Check the facts about all conditions and other causes, by id, as the files have them.

    Raises:
        LanguageError: If something is missing, left over, not understood, or contradicts the taxonomy.
    """
    conditions = {condition.id: condition for condition in taxonomy.conditions}
    refuse_gaps("facts", set(raw), {*conditions, *CAUSES})
    parsed: dict[str, Facts] = {}
    for condition_id, entry in raw.items():
        try:
            parsed[condition_id] = Facts.model_validate(entry)
        except ValidationError as error:
            raise LanguageError(f"facts about {condition_id}: {error}") from error
        condition = conditions.get(condition_id)
        for contradiction in (condition and contradictions(condition, parsed[condition_id], set(conditions))) or ():
            raise LanguageError(f"facts about {condition_id}: {contradiction}")
    return parsed


def contradictions(condition: Condition, facts: Facts, known_ids: set[str]) -> list[str]:
    """What the facts about a condition say against the taxonomy, or against themselves."""
    healthy = f"{condition.crop}.{HEALTHY}"
    checks = {
        "a product cannot cure a virus": condition.kind is Kind.VIRUS and Cure.CHEMICAL in facts.cure,
        "a healthy plant needs no cure": condition.kind is Kind.HEALTHY and bool(facts.cure),
        "a condition is confused with itself": condition.id in facts.confused_with,
        "a condition is confused with being healthy": healthy in facts.confused_with,
        "confused with an unknown condition": not set(facts.confused_with) <= known_ids,
        "confused with a condition of another crop": any(
            other_id.split(".")[0] != condition.crop for other_id in facts.confused_with
        ),
        "asks about an unknown condition": not set(facts.questions) <= known_ids,
        "asks about itself, being healthy or another crop": any(
            other_id in (condition.id, healthy) or other_id.split(".")[0] != condition.crop
            for other_id in facts.questions
        ),
        "a healthy plant needs no question": condition.kind is Kind.HEALTHY and bool(facts.questions),
        "the source of a question is not among the sources": not {
            question.source for question in facts.questions.values()
        }
        <= {source.title for source in facts.sources},
        "a text about facts is 'not_reviewed' or 'reviewed'": facts.review.status is ReviewStatus.MACHINE_DRAFTED,
    }
    wrong = [finding for finding, is_found in checks.items() if is_found]
    return [*wrong, *facts.practices.findings({source.title for source in facts.sources})]


def _effects(facts: Facts, condition: Condition | None) -> Effects:
    return Effects(
        parent=condition and condition.parent,
        urgent=facts.spread is Spread.DAYS,
        confused_with=facts.confused_with,
        view=facts.view,
        helps=facts.practices.helping,
        indifferent=facts.practices.indifferent,
    )
