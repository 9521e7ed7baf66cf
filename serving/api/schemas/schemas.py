"""Answers that exist over HTTP only; a diagnosis, a manifest and advice are described by the core itself."""

from collections.abc import Mapping
from typing import Literal, Self

from majani.decision.practice import Effects, Practice, View
from majani.frozen import FrozenModel
from majani.model.bundle import Manifest, NamedId
from majani.taxonomy import Condition, Kind
from majani.text.advice import Advice
from majani.text.example_photos import ExamplePhotos
from majani.text.language import Names, Review


class ModelEntry(Manifest):
    """The manifest of the bundle that answers, with the addresses of its files and of its golden vectors.

    ``head_file`` is that of a head beside the graph; ``districts`` have a bundle of their own, by id and name.
    """

    file: str
    head_file: str | None
    golden: str
    districts: tuple[NamedId, ...]


class LanguageEntry(FrozenModel):
    """A language by the name its speakers use, without what is said in it; a native reader reviews it."""

    tag: str
    name: str
    direction: Literal["ltr", "rtl"]
    review: Review


class LanguageList(FrozenModel):
    """All languages, English first."""

    languages: tuple[LanguageEntry, ...]


class ConditionEntry(FrozenModel):
    """A condition in the reader's language; parent and cause are absent for healthy, the EPPO code where unknown.

    ``known`` tells whether the running model has learned it; texts are there for more conditions.
    """

    id: str
    name: str
    local: tuple[str, ...]
    crop: NamedId
    parent: NamedId | None
    kind: Kind
    cause: str | None
    eppo: str | None
    known: bool

    @classmethod
    def of(cls, condition: Condition, names: Names, manifest: Manifest) -> Self:
        """Say what the taxonomy and the running model know with the names of one language."""
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
            known=any(known.id == condition.id for known in manifest.classes),
        )


class ConditionList(FrozenModel):
    """All conditions in the reader's language, crop by crop."""

    language: str
    conditions: tuple[ConditionEntry, ...]


class CauseList(FrozenModel):
    """Advice on all that is no disease, in the reader's language."""

    language: str
    causes: tuple[Advice, ...]


class CropEntry(FrozenModel):
    """A crop in the reader's language."""

    id: str
    name: str
    local: tuple[str, ...]
    scientific: str
    eppo: str | None
    conditions: tuple[str, ...]
    known: bool


class CropList(FrozenModel):
    """All crops in the reader's language."""

    language: str
    crops: tuple[CropEntry, ...]


class PracticeEntry(Practice):
    """A practice in the words of one language."""

    text: str


class InterfaceTexts(FrozenModel):
    """What a phone needs for a first photo: names, and translations of the interface's English sentences."""

    language: LanguageEntry
    names: Names
    interface: Mapping[str, str]


class AdviceTexts(FrozenModel):
    """What answers need.

    A remark is a sentence that an expert may choose for the sender of a case. Example photos are the same in all
    languages, and so are ``effects``, by which a phone chooses among the practices.
    """

    advice: Mapping[str, Advice]
    remarks: Mapping[str, str]
    practices: tuple[PracticeEntry, ...]
    views: Mapping[View, str]
    effects: Mapping[str, Effects]
    examples: ExamplePhotos


class Texts(InterfaceTexts, AdviceTexts):
    """Everything that is said in one language."""
