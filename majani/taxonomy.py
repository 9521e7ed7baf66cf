"""Crops, conditions and their roll-up: what Majani can name, under ids that never change.

``data/taxonomy.yaml`` is the one place where a crop or condition is defined. Sources map their folders onto it, the
model's classes are drawn from it, and the manifest of a bundle carries the part that an answer needs. This module only
describes and checks; it does not open files.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import Field, ValidationError, model_validator

from majani.errors import TaxonomyError
from majani.frozen import FrozenModel

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
# The limit of the service's tables.
ConditionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$", max_length=64)]
EppoCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{5,6}$")]

UNKNOWN_PLANT = "unknown_plant"
NOT_A_PLANT = "not_a_plant"
REJECT_CLASSES = (UNKNOWN_PLANT, NOT_A_PLANT)
HEALTHY = "healthy"
# Leaves of a crop that show none of its conditions that are taught; experts call them so.
OTHER: Final = "other"


class Kind(StrEnum):
    """What causes a condition."""

    FUNGUS = "fungus"
    OOMYCETE = "oomycete"
    BACTERIUM = "bacterium"
    VIRUS = "virus"
    MITE = "mite"
    INSECT = "insect"
    COMPLEX = "complex"
    DEFICIENCY = "deficiency"
    HEALTHY = "healthy"


class Action(StrEnum):
    """The action against a condition; confusing two actions costs money or a harvest."""

    SPRAY = "spray"
    SANITATION = "sanitation"
    ROGUE_AND_VECTOR = "rogue_and_vector"
    FEED = "feed"
    NOTHING = "nothing"


class Crop(FrozenModel):
    """A host plant; names are without author, and the EPPO code is absent where it could not be verified."""

    id: Slug
    name: str
    scientific: str
    eppo: EppoCode | None = None
    note: str | None = None


class Parent(FrozenModel):
    """A coarser statement that several conditions of one crop share, such as "some leaf spot"."""

    id: Slug
    name: str


class Condition(FrozenModel):
    """A disease, pest damage, deficiency, or the healthy state of one crop.

    Attributes:
        names: English names, the preferred one first.
        cause: Scientific name of the cause, without author; absent for healthy and unspecific conditions.
        eppo: EPPO code of the cause; absent where it could not be verified.
        parent: Id of the coarser statement this condition rolls up to; absent for healthy.
    """

    id: ConditionId
    crop: Slug
    names: tuple[str, ...] = Field(min_length=1)
    cause: str | None = None
    eppo: EppoCode | None = None
    kind: Kind
    parent: Slug | None = None
    action: Action
    note: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        is_healthy = self.id.split(".")[1] == HEALTHY
        if self.id.split(".")[0] != self.crop:
            raise ValueError(f"id {self.id!r} does not start with its crop {self.crop!r}")
        if is_healthy != (self.kind is Kind.HEALTHY):
            raise ValueError(f"{self.id}: kind {self.kind} does not fit the id")
        if is_healthy != (self.parent is None):
            raise ValueError(f"{self.id}: healthy has no parent, every other condition has one")
        return self


class Taxonomy(FrozenModel):
    """All crops, parents and conditions, cross-checked; the version is raised with every change of meaning."""

    version: str
    crops: tuple[Crop, ...]
    parents: tuple[Parent, ...]
    conditions: tuple[Condition, ...]

    @model_validator(mode="after")
    def _cross_checked(self) -> Self:
        for label, ids in (
            ("crop", [crop.id for crop in self.crops]),
            ("parent", [parent.id for parent in self.parents]),
            ("condition", [condition.id for condition in self.conditions]),
        ):
            _refuse_duplicates(label, ids)
        crop_ids = {crop.id for crop in self.crops}
        parent_ids = {parent.id for parent in self.parents}
        for condition in self.conditions:
            if condition.crop not in crop_ids:
                raise ValueError(f"{condition.id}: unknown crop {condition.crop!r}")
            if condition.parent is not None and condition.parent not in parent_ids:
                raise ValueError(f"{condition.id}: unknown parent {condition.parent!r}")
        return self

    def class_ids(self) -> tuple[str, ...]:
        """All ids that a model may answer: conditions in file order, then the two reject classes."""
        return (*(condition.id for condition in self.conditions), *REJECT_CLASSES)


def parse_taxonomy(raw: Mapping[str, Any]) -> Taxonomy:
    """Check the content of ``taxonomy.yaml``; raises TaxonomyError with every finding if it contradicts itself."""
    try:
        return Taxonomy.model_validate(raw)
    except ValidationError as error:
        raise TaxonomyError(f"taxonomy: {error.error_count()} findings\n{error}") from error


def _refuse_duplicates(label: str, ids: Sequence[str]) -> None:
    seen: set[str] = set()
    for id_ in ids:
        if id_ in seen:
            raise ValueError(f"{label} {id_!r} is defined twice")
        seen.add(id_)
