"""Descriptions of the sources of photos, one YAML file each in ``data/sources``: open datasets, and reviewed cases.

Everything the pipeline knows about a dataset stands in its file: licence, address, layout, classes, grouping. Adding a
dataset means adding a file; no stage names a dataset. Cases of farmers that experts have reviewed are a source like any
other, except that its labels come from the reviews, so its file names no classes.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import AliasChoices, Field, ValidationError, model_validator

from majani.frozen import FrozenModel
from majani.taxonomy import REJECT_CLASSES, ConditionId, Slug, Taxonomy
from training.artifacts import SplitName

SOURCES_DIR = Path("data/sources")
PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"})

REVIEWED_LAYOUT = "photos/{case}/{file}"


class SourceError(Exception):
    """A source's description is wrong, or contradicts the taxonomy."""


class Domain(StrEnum):
    """Where the photos were taken. ``lab`` means a plain background; only ``field`` and ``web`` count as field."""

    LAB = "lab"
    FIELD = "field"
    WEB = "web"


class Download(FrozenModel):
    """One archive at the dataset's official address.

    Attributes:
        sha256: Hex digest; absent until it is recorded after a first download.
        root: Folder inside the archive that corresponds to the source's own root ("" for the top).
        into: Folder below the source's root where the content of ``root`` belongs ("" for the root itself).
    """

    url: str = Field(pattern=r"^https?://")
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    archive: Literal["zip", "tar"]
    root: str = ""
    into: str = ""


class ClassMapping(FrozenModel):
    """Where a folder's photos belong in the taxonomy.

    Attributes:
        to: A condition's id or one of the reject classes.
        doubt: Why the photos of this folder are weak evidence; they train, but count in no headline figure.
    """

    to: ConditionId | Literal["unknown_plant", "not_a_plant"]
    doubt: str | None = None


class Grouping(FrozenModel):
    """How file names tell that photos show the same leaf or burst.

    Attributes:
        pattern: Searched in the file name without extension. Named groups ``series`` (optional) and ``frame`` (digits)
            or ``time`` (HHMMSS). Files that do not match stand alone.
        max_gap: Photos of one series and folder whose frames (or seconds) differ by at most this share a group.
    """

    pattern: str
    max_gap: int = Field(ge=0)

    @model_validator(mode="after")
    def _compiles(self) -> Self:
        try:
            names = re.compile(self.pattern).groupindex
        except re.error as error:
            raise ValueError(f"the pattern {self.pattern!r} is no regular expression") from error
        if ("frame" in names) == ("time" in names):
            raise ValueError("a grouping pattern has exactly one of the named groups 'frame' and 'time'")
        return self


class Source(FrozenModel):
    """One open dataset, or the reviewed cases of a service.

    Attributes:
        home: The dataset's own page, for attribution; reviewed cases have none.
        download: Archives at the official address; empty where there is no stable direct link.
        download_by_hand: What to do instead.
        layout: Relative path of a photo; ``{case}`` for an export of the review desk.
        official_splits: The authors' split folders mapped to ours.
        classes: Folder name to taxonomy; ``"*"`` stands for every folder not named. Empty for reviewed cases.
        awaited: Conditions that only reviewed cases will show.
        family: Kind of unknown pictures, for sources of reject classes.
        redistributable: Whether photos of this source may be passed on.
        weight: How often a photo of this source is drawn in training, relative to the others.
    """

    id: Slug
    title: str
    authors: tuple[str, ...]
    year: int | None = None
    licence: str
    redistributable: bool = True
    citation: str
    home: str | None = Field(default=None, pattern=r"^https?://")
    download: tuple[Download, ...] = ()
    download_by_hand: str | None = None
    domain: Domain = Field(validation_alias=AliasChoices("domain", "setting"))
    layout: Literal["{class}/{file}", "{split}/{class}/{file}", "photos/{case}/{file}"] = "{class}/{file}"
    official_splits: Mapping[str, SplitName] = Field(default_factory=dict)
    classes: Mapping[str, ClassMapping] = Field(default_factory=dict)
    awaited: tuple[ConditionId, ...] = ()
    grouping: tuple[Grouping, ...] = ()
    family: Slug | None = None
    weight: float = Field(default=1.0, gt=0)
    doubts: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.download and not self.download_by_hand:
            raise ValueError("neither a download nor an instruction how to get the photos by hand")
        if self.official_splits and self.layout != "{split}/{class}/{file}":
            raise ValueError("official_splits need a layout with {split}")
        rejects = any(mapping.to in REJECT_CLASSES for mapping in self.classes.values())
        if rejects != (self.family is not None):
            raise ValueError("exactly the sources of reject classes have a family")
        if self.is_reviewed == bool(self.classes):
            raise ValueError("exactly the photos of reviewed cases have no classes: their labels are the reviews")
        if not self.is_reviewed and (self.home is None or self.awaited):
            raise ValueError("a dataset has a home, for attribution, and photos of what it shows")
        return self

    @property
    def is_reviewed(self) -> bool:
        """Whether these are cases of farmers, labelled by reviewers. A project may have none."""
        return self.layout == REVIEWED_LAYOUT

    def mapping(self, folder: str) -> ClassMapping | None:
        """The folder's place in the taxonomy, or None if the source's file does not name it."""
        return self.classes.get(folder) or self.classes.get("*")


def read_sources(directory: Path, taxonomy: Taxonomy) -> dict[str, Source]:
    """Read and cross-check all source files, in the order of their ids.

    Raises:
        SourceError: If a file is malformed, misnamed, or maps onto a condition that the taxonomy lacks.
    """
    known = set(taxonomy.class_ids())
    sources: dict[str, Source] = {}
    for path in sorted(directory.glob("*.yaml")):
        try:
            source = Source.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (ValidationError, yaml.YAMLError) as error:
            raise SourceError(f"{path}: {error}") from error
        if source.id != path.stem:
            raise SourceError(f"{path}: holds the id {source.id!r}; file and id have one name")
        missing = {*(mapping.to for mapping in source.classes.values()), *source.awaited} - known
        if missing:
            raise SourceError(f"{path}: not in the taxonomy: {sorted(missing)}")
        sources[source.id] = source
    return sources
