"""The texts of one language: names, advice, and their reviews.

A language is one folder of files below ``data/languages``; this module says what has to be in them and checks it
against the taxonomy. Like the taxonomy it opens no files: a phone gets the same content as JSON.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from majani.decision.practice import View
from majani.errors import LanguageError
from majani.frozen import FrozenModel
from majani.taxonomy import ConditionId, Slug, Taxonomy

# The fallback, and the language that all others are translated from.
ENGLISH = "en"

# What is no disease and has no crop, as the file of its texts is called; what may look like one on a leaf.
OTHER_CAUSES = "other_causes"
CAUSES = tuple(
    f"{OTHER_CAUSES}.{cause}" for cause in ("hunger", "thirst", "waterlogging", "herbicide", "sun_and_cold", "insects")
)

# As in HTML's ``lang``: language, then script and region only where they make a difference.
LanguageTag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")]
Text = Annotated[str, Field(min_length=1)]
Items = Annotated[tuple[Text, ...], Field(min_length=1, max_length=3)]


class ReviewStatus(StrEnum):
    """Whether an expert or native reader has checked a text."""

    NOT_REVIEWED = "not_reviewed"
    MACHINE_DRAFTED = "machine_drafted"
    REVIEWED = "reviewed"


class Review(FrozenModel):
    """The review of a text; name and role of the reviewer, and the date, go with ``reviewed`` only."""

    status: ReviewStatus
    by: Text | None
    on: date | None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        is_reviewed = self.status is ReviewStatus.REVIEWED
        if is_reviewed != (self.by is not None) or is_reviewed != (self.on is not None):
            raise ValueError("'by' and 'on' go with the status 'reviewed', and with no other")
        return self


class Name(FrozenModel):
    """The name that is shown, and other names heard in the field, to find it by."""

    name: Text
    local: tuple[Text, ...]


class Names(FrozenModel):
    """Names of everything in the taxonomy and of the other causes, by id."""

    crops: Mapping[Slug, Name] = Field(default_factory=dict)
    conditions: Mapping[ConditionId, Name] = Field(default_factory=dict)
    causes: Mapping[ConditionId, Name] = Field(default_factory=dict)
    parents: Mapping[Slug, Text] = Field(default_factory=dict)


class AdviceText(FrozenModel):
    """What to do about one condition or other cause, in words that can be read aloud. It never mentions a product.

    Attributes:
        see: What confirms it, and what tells look-alikes apart.
        why: Why it happens.
        today: To do now, by hand.
        season: To do until harvest.
        next_season: To do so that it does not come back.
        call: When to call for help.
        text_short: All of it in one text message, with the condition's name.
        signs: What tells another cause from a disease, one sign each; conditions have it in ``see``.
        never: What another cause makes worse or wastes money; it may name chemicals to keep people from them.
        ask: Questions that tell it from other conditions, by their ids; "yes" speaks for this one.
    """

    see: Text
    why: Text
    today: Items
    season: Items
    next_season: Items
    call: Text
    text_short: Text
    signs: tuple[Text, ...] = ()
    never: tuple[Text, ...] = ()
    ask: Mapping[ConditionId, Text] = Field(default_factory=dict)


class Language(FrozenModel):
    """One language: its tag such as ``sw``, what its speakers call it, and its texts, reviewed by a native reader.

    The advice on ``untranslated`` conditions and causes is English. Remarks are the sentences that a reviewer may
    choose for the sender of a case, by id.
    """

    tag: LanguageTag
    name: Text
    direction: Literal["ltr", "rtl"]
    review: Review
    remarks: Mapping[Slug, Text] = Field(default_factory=dict)
    practices: Mapping[Slug, Text] = Field(default_factory=dict)
    views: Mapping[View, Text] = Field(default_factory=dict)
    names: Names
    advice: Mapping[ConditionId, AdviceText]
    untranslated: frozenset[ConditionId] = frozenset()

    @model_validator(mode="after")
    def _reviewed_or_drafted(self) -> Self:
        if self.review.status is ReviewStatus.NOT_REVIEWED:
            raise ValueError("a text that no native reader has checked is 'machine_drafted'")
        return self


def parse_language(raw: Mapping[str, Any], taxonomy: Taxonomy, english: Language | None = None) -> Language:
    """Check the content of a language's folder; what it lacks is filled in from ``english``.

    Raises:
        LanguageError: With every finding, if something is missing, left over or not understood.
    """
    try:
        language = Language.model_validate(raw)
    except ValidationError as error:
        raise LanguageError(f"languages/{raw.get('tag')}: {error.error_count()} findings\n{error}") from error
    if english is not None:
        language = _fill_gaps(language, english)
    condition_ids = {condition.id for condition in taxonomy.conditions}
    causes = set(CAUSES)
    for label, given, expected in (
        ("names.yaml: crops", language.names.crops, {crop.id for crop in taxonomy.crops}),
        ("names.yaml: parents", language.names.parents, {parent.id for parent in taxonomy.parents}),
        ("names.yaml: conditions", language.names.conditions, condition_ids),
        ("names.yaml: causes", language.names.causes, causes),
        ("advice", language.advice, condition_ids | causes),
    ):
        refuse_gaps(f"languages/{language.tag}/{label}", set(given), expected)
    return language


def _fill_gaps(language: Language, english: Language) -> Language:
    names = {
        part: {**getattr(english.names, part), **getattr(language.names, part)}
        for part in type(language.names).model_fields
    }
    missing = frozenset(english.advice) - set(language.advice)
    advice = {**english.advice, **language.advice}
    said = {part: {**getattr(english, part), **getattr(language, part)} for part in ("practices", "views", "remarks")}
    return language.model_copy(update={"names": Names(**names), "advice": advice, "untranslated": missing, **said})


def refuse_gaps(label: str, given: set[str], expected: set[str]) -> None:
    """Hold ids to the expected ones, or raise LanguageError."""
    if given != expected:
        raise LanguageError(f"{label}: missing {sorted(expected - given)}, unknown {sorted(given - expected)}")
