"""What can be done at once, and what it does to a plant with each condition: the facts behind rule 8, each sourced.

An answer that names no condition rests on them (:mod:`majani.decision.practice`), so gaps are refused and not guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError

from majani.decision.practice import Effects, Practice
from majani.errors import LanguageError
from majani.frozen import FrozenModel
from majani.taxonomy import Slug
from majani.text.language import Text


class PracticeFacts(FrozenModel):
    """What practices do today to a plant with one condition, by id; what stands nowhere is unknown.

    Attributes:
        helps, harms: By the title of the source that says so.
        indifferent: What neither helps nor harms. Sources seldom say that; it follows from what causes the condition.
    """

    helps: Mapping[Text, tuple[Slug, ...]] = Field(default_factory=dict)
    harms: Mapping[Text, tuple[Slug, ...]] = Field(default_factory=dict)
    indifferent: tuple[Slug, ...] = ()

    @property
    def helping(self) -> tuple[Slug, ...]:
        """Ids of what helps."""
        return _joined(self.helps)

    @property
    def harming(self) -> tuple[Slug, ...]:
        """Ids of what harms."""
        return _joined(self.harms)

    def findings(self, titles: set[str]) -> Iterator[str]:
        """What is wrong with them, beside sources of these titles."""
        listed = (*self.helping, *self.harming, *self.indifferent)
        if not listed:
            yield "nothing is known of any practice"
        yield from (
            f"{twice!r} stands twice among the practices" for twice in sorted({*listed}) if listed.count(twice) > 1
        )
        yield from (
            f"{title!r}, of a practice, is not among the sources"
            for title in (*self.helps, *self.harms)
            if title not in titles
        )


def parse_practices(raw: Mapping[str, Any]) -> tuple[Practice, ...]:
    """Check the content of ``practices.yaml``; raises LanguageError with every finding."""
    try:
        return TypeAdapter(tuple[Practice, ...]).validate_python([{"id": id_, **entry} for id_, entry in raw.items()])
    except (TypeError, ValidationError) as error:
        raise LanguageError(f"practices: {error}") from error


def refuse_unknown(practices: Sequence[Practice], facts: Mapping[str, PracticeFacts]) -> None:
    """Hold the practices that facts name, by condition, to those that there are, or raise LanguageError."""
    harmless = {practice.id: practice.harmless for practice in practices}
    for condition_id, known in facts.items():
        for named in (*known.helping, *known.harming, *known.indifferent):
            if named not in harmless:
                raise LanguageError(f"facts about {condition_id}: there is no practice {named!r}")
        if wrong := [named for named in known.harming if harmless[named]]:
            raise LanguageError(f"facts about {condition_id}: {wrong} harms, and is said to be harmless")


def safe_beside(practices: Sequence[Practice], causes: Sequence[Effects]) -> tuple[Practice, ...]:
    """The practices that harm a plant with none of the other causes, which every such answer leaves open."""
    return tuple(
        one
        for one in practices
        if one.harmless or all(one.id in (*known.helps, *known.indifferent) for known in causes)
    )


def _joined(by_source: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(practice for named in by_source.values() for practice in named)
