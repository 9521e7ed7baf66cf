"""Answers that exist over HTTP only; a diagnosis, a manifest and advice are described by the core itself."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from majani.model.bundle import Manifest, NamedId
from majani.taxonomy import Condition, Kind
from majani.text.advice import Advice
from majani.text.language import Language, Names, Review


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelEntry(Manifest):
    """The manifest of the bundle that answers here, and where the rest of it is.

    Attributes:
        file: Address of the model's file, which never changes.
        golden: Address of its golden vectors.
    """

    file: str
    golden: str


class LanguageEntry(_Frozen):
    """A language, without what is said in it.

    Attributes:
        name: What its speakers call it.
        review: By a native reader.
    """

    tag: str
    name: str
    direction: Literal["ltr", "rtl"]
    review: Review

    @classmethod
    def of(cls, language: Language) -> Self:
        """Leave out names and advice."""
        return cls(tag=language.tag, name=language.name, direction=language.direction, review=language.review)


class LanguageList(_Frozen):
    """All languages, English first."""

    languages: tuple[LanguageEntry, ...]


class ConditionEntry(_Frozen):
    """A condition in the reader's language.

    Attributes:
        local: Other names heard in the field.
        parent: The coarser statement that it belongs to; absent for healthy.
        cause: Scientific name; absent for healthy and unspecific conditions.
        eppo: EPPO code of the cause, where it is known.
    """

    id: str
    name: str
    local: tuple[str, ...]
    crop: NamedId
    parent: NamedId | None
    kind: Kind
    cause: str | None
    eppo: str | None

    @classmethod
    def of(cls, condition: Condition, names: Names) -> Self:
        """Say what the taxonomy knows with the names of one language."""
        name, parent = names.conditions[condition.id], condition.parent
        return cls(
            id=condition.id,
            name=name.name,
            local=name.local,
            crop=NamedId(id=condition.crop, name=names.crops[condition.crop].name),
            parent=None if parent is None else NamedId(id=parent, name=names.parents[parent]),
            kind=condition.kind,
            cause=condition.cause,
            eppo=condition.eppo,
        )


class ConditionList(_Frozen):
    """All conditions in the reader's language, crop by crop.

    Attributes:
        language: Tag of that language.
    """

    language: str
    conditions: tuple[ConditionEntry, ...]


class CropEntry(_Frozen):
    """A crop in the reader's language.

    Attributes:
        local: Other names heard in the field.
        scientific: Botanical name.
        eppo: EPPO code, where it is known.
        conditions: Ids of everything that is described of it.
        known: Whether the running model can name any of these; a hint for another crop is refused.
    """

    id: str
    name: str
    local: tuple[str, ...]
    scientific: str
    eppo: str | None
    conditions: tuple[str, ...]
    known: bool


class CropList(_Frozen):
    """All crops in the reader's language.

    Attributes:
        language: Tag of that language.
    """

    language: str
    crops: tuple[CropEntry, ...]


class Texts(_Frozen):
    """Everything that is said in one language.

    Attributes:
        names: Of crops, conditions and coarser statements.
        advice: By condition.
        interface: English sentence to its translation; for a sentence with a number, one for each plural form.
    """

    language: LanguageEntry
    names: Names
    advice: Mapping[str, Advice]
    interface: Mapping[str, str]
