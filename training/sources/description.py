"""Descriptions of the sources of photos, one YAML file each in ``data/sources``: open datasets, and reviewed cases.

Everything the pipeline knows about a dataset stands in its file: licence, address, layout, classes, grouping. Adding a
dataset means adding a file; no stage names a dataset. Cases of farmers that experts have reviewed are a source like any
other, except that its labels come from the reviews, so its file names no classes.
"""

import functools
import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator

from majani.errors import RefusedError
from majani.frozen import FrozenModel
from majani.taxonomy import REJECT_CLASSES, ConditionId, Slug, Taxonomy
from training.artifacts.files import REVIEWS_SOURCE, SplitName

SOURCES_DIR = Path("data/sources")
CATALOGUE_DIR = Path("data/catalogue")
PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"})

REVIEWED_LAYOUT = "photos/{case}/{file}"
# Stands for all conditions of a crop that the taxonomy lacks.
OTHER = "other"
# What else a path or a table of labels may tell of a photo, besides its label.
PARTS = ("split", "place", "session", "camera")


class SourceError(RefusedError):
    """A source's description is wrong, or contradicts the taxonomy."""


class Domain(StrEnum):
    """Where the photos were taken. ``lab`` means a plain background; only ``field`` and ``web`` count as field."""

    LAB = "lab"
    FIELD = "field"
    WEB = "web"


class Terms(StrEnum):
    """What a source's licence says of its photos; what is learned from ``open`` ones, everybody may use."""

    OPEN = "open"
    NON_COMMERCIAL = "non_commercial"
    UNSTATED = "unstated"
    UNVERIFIED = "unverified"
    CONTRADICTORY = "contradictory"


class Download(FrozenModel):
    """One archive at the dataset's official address, or the files of a repository.

    Attributes:
        url: Also ``doi:10.../FILE`` of a record at Zenodo, figshare or Dataverse, or ``hf://datasets/OWNER/NAME@REVISION``
            of a Hugging Face repository whose photos are files.
        sha256: Hex digest; absent until it is recorded after a first download.
        root: Folder inside the archive that corresponds to the source's own root ("" for the top).
        into: Folder below the source's root where the content of ``root`` belongs ("" for the root itself).
    """

    url: str = Field(pattern=r"^(https?://.|doi:10\.\d+/.+/.|hf://datasets/[^/@]+/[^/@]+(@[^@]+)?$)")
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    archive: Literal["zip", "tar", "files"]
    root: str = ""
    into: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.archive == "files") != self.url.startswith("hf:") or (self.archive == "files" and self.sha256):
            raise ValueError("exactly hf:// has `archive: files`, and no sha256, but a revision")
        return self


class ClassMapping(FrozenModel):
    """Where a folder's photos belong in the taxonomy.

    Attributes:
        to: A condition's id or one of the reject classes.
            A crop's id and ``.other`` stand for conditions of it that the taxonomy lacks, which are never learned.
        doubt: Why the photos of this folder are weak evidence; they train, but count in no headline figure.
        crop: Crop that outliers show; they are left out as soon as other photos teach it.
        learned: False for photos that are only asked about: a condition that one place alone shows becomes the sign of
            that place.
        domain: Of this folder, if it is not the source's.
    """

    to: ConditionId | Literal["unknown_plant", "not_a_plant"]
    doubt: str | None = None
    crop: Slug | None = None
    learned: bool = True
    domain: Domain | None = None

    @property
    def is_asked(self) -> bool:
        """Whether its photos are only asked about."""
        return not self.learned or self.to.endswith(f".{OTHER}")


class LabelTable(FrozenModel):
    """Labels from a table instead of from folders.

    Attributes:
        file: Its path below the source's folder: CSV with a header, a JSON list of records (or JSON Lines), or COCO,
            whose annotations have the column ``category`` beside those of their image.
        records: Key of the list in a JSON object.
        photo: Column that names a photo, by path below the source's folder, name, or name without extension. All rows
            of a photo count together.
        columns: Columns that hold labels. If there are several, ``1`` or ``true`` in one stands for the column's name.
        separator: Between the labels in a cell; without it, a cell is one label.
        several: Condition of photos whose labels differ; without it, they are left out.
        split: Column with one of ``official_splits``. ``place``, ``session`` and ``camera`` are columns too.
    """

    file: str = Field(pattern=r"\.(csv|jsonl?)$")
    records: str | None = None
    photo: str
    columns: tuple[str, ...] = Field(min_length=1)
    separator: str | None = Field(default=None, min_length=1)
    several: ConditionId | None = None
    split: str | None = None
    place: str | None = None
    session: str | None = None
    camera: str | None = None


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
        photos: How many the whole dataset has, and ``size_bytes`` what its download takes.
        layout: Relative path of a photo, of ``{class}``, ``{split}``, ``{place}``, ``{session}``, ``{camera}``,
            ``{file}`` at the end, ``*`` for any name and ``**/`` for any number of folders. All but ``{file}`` end as
            soon as they can: ``{session}_{file}`` at the first ``_``. Photos of one session at one place are in one
            split; ``{place}`` alone keeps none together.
            ``photos/{case}/{file}`` is an export of the review desk.
        labels: Where labels come from instead of ``{class}``.
        official_splits: The authors' names of splits mapped to ours.
        role: Photos for ``evaluation`` are test photos; nothing is trained or chosen on them or their look-alikes.
            Nothing is learned from those that are ``asked``: what is said about them counts as a place left out.
            ``outliers`` show what no class stands for: the network never sees them, only the head learns to refuse
            them, so each such source can be left out of it in seconds. A project may have none.
        max_photos: At most so many are used, evenly over classes and official splits, and always the same ones.
        classes: Folder name or label to taxonomy; ``"*"`` stands for every other one. Empty for reviewed cases.
        awaited: Conditions that only reviewed cases will show.
        part_of: Source of the same place, as which its photos count wherever a place is left out or weighed.
        sessions: By session, how the names of its photos begin, where nothing else tells it.
        family: Kind of unknown pictures, for sources of reject classes.
        taken_in: Countries where photos were taken, as the authors say, each with a latitude and a longitude.
        terms: What the licence says, and ``terms_of`` what it says of photos whose names these patterns find.
        redistributable: Whether photos of this source may be passed on.
        weight: How often a photo of this source is drawn in training, relative to the others.
    """

    id: Slug
    title: str
    authors: tuple[str, ...]
    year: int | None = None
    licence: str
    terms: Terms = Terms.OPEN
    terms_of: Mapping[str, Terms] = Field(default_factory=dict)
    redistributable: bool = True
    citation: str
    home: str | None = Field(default=None, pattern=r"^https?://")
    download: tuple[Download, ...] = ()
    download_by_hand: str | None = None
    domain: Domain = Field(validation_alias=AliasChoices("domain", "setting"))
    photos: int | None = Field(default=None, gt=0)
    size_bytes: int | None = Field(default=None, gt=0)
    layout: str = "{class}/{file}"
    labels: LabelTable | None = None
    role: Literal["train", "evaluation", "outliers", "asked"] = "train"
    max_photos: int | None = Field(default=None, gt=0)
    official_splits: Mapping[str, SplitName] = Field(default_factory=dict)
    classes: Mapping[str, ClassMapping] = Field(default_factory=dict)
    awaited: tuple[ConditionId, ...] = ()
    grouping: tuple[Grouping, ...] = ()
    part_of: Slug | None = None
    sessions: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    family: Slug | None = None
    taken_in: Mapping[str, tuple[float, float]] = Field(default_factory=dict)
    weight: float = Field(default=1.0, gt=0)
    doubts: tuple[str, ...] = ()

    @field_validator("classes", "official_splits")
    @classmethod
    def _composed(cls, named: Mapping[str, Any]) -> Mapping[str, Any]:
        return {composed(name): value for name, value in named.items()}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.download and not self.download_by_hand:
            raise ValueError("neither a download nor an instruction how to get the photos by hand")
        told = set(_pattern(self.layout).groupindex)
        if not self.is_reviewed and (told - {"class", "file", *PARTS} or not self.layout.endswith("{file}")):
            raise ValueError(f"a layout ends with {{file}} and tells class, {', '.join(PARTS)}, not {sorted(told)}")
        if not self.is_reviewed and ("class" in told) == (self.labels is not None):
            raise ValueError("labels come either from {class} in the layout or from a table")
        if self.official_splits and "split" not in told and not (self.labels and self.labels.split):
            raise ValueError("official_splits need {split} in the layout, or a column")
        rejects = any(mapping.to in REJECT_CLASSES for mapping in self.classes.values())
        if rejects != (self.family is not None):
            raise ValueError("a source of unknown_plant or not_a_plant has a `family`, such as weeds; no other has one")
        if self.role == "outliers" and not {mapping.to for mapping in self.classes.values()} <= set(REJECT_CLASSES):
            raise ValueError("outliers are of the classes unknown_plant and not_a_plant alone")
        if self.role != "outliers" and any(mapping.crop for mapping in self.classes.values()):
            raise ValueError("only a class of outliers has a `crop`; all others say it in `to`")
        if self.is_reviewed == bool(self.classes):
            raise ValueError("exactly the photos of reviewed cases have no classes: their labels are the reviews")
        if self.is_reviewed and (self.labels or self.max_photos or self.role != "train"):
            raise ValueError("all reviewed cases are used, by their reviews")
        # What may be deleted is told by this name from what a repository keeps.
        if self.is_reviewed and self.id != REVIEWS_SOURCE:
            raise ValueError(f"reviewed cases are the source {REVIEWS_SOURCE}")
        if not self.is_reviewed and (self.home is None or self.awaited):
            raise ValueError("a dataset has a home, for attribution, and photos of what it shows")
        return self

    @property
    def is_reviewed(self) -> bool:
        """Whether these are cases of farmers, labelled by reviewers. A project may have none."""
        return self.layout == REVIEWED_LAYOUT

    def mapping(self, label: str) -> ClassMapping | None:
        """The place of a folder or label in the taxonomy, or None if the source's file does not name it."""
        return self.classes.get(composed(label)) or self.classes.get("*")

    def terms_for(self, photo: Path) -> Terms:
        """What the licence says of a photo."""
        return next((terms for name, terms in self.terms_of.items() if re.search(name, photo.name)), self.terms)

    @property
    def place(self) -> str:
        """The source as which its photos count."""
        return self.part_of or self.id

    def session_of(self, photo: Path) -> str:
        """The session of a photo by its name; empty if unknown."""
        return next((session for session, names in self.sessions.items() if photo.name.startswith(names)), "")

    def parse_path(self, photo: Path) -> Mapping[str, str] | None:
        """What a photo's relative path tells, by the names in the layout; None if it does not lie so."""
        match = _pattern(composed(self.layout)).fullmatch(composed(photo.as_posix()))
        return match.groupdict() if match else None


def composed(name: str) -> str:
    """A name whose accents are part of their letters: macOS may store them apart, and both look the same."""
    return unicodedata.normalize("NFC", name)


@functools.cache
def _pattern(layout: str) -> re.Pattern[str]:
    patterns = {"**/": "(?:[^/]+/)*", "*": "[^/]*?", "{file}": "(?P<file>[^/]+)"}
    tokens = re.split(r"(\*\*/|\*|\{\w+\})", layout)
    try:
        return re.compile(
            "".join(
                patterns.get(token, f"(?P<{token[1:-1]}>[^/]+?)" if token.startswith("{") else re.escape(token))
                for token in tokens
            )
        )
    except re.error as error:
        raise ValueError(f"the layout {layout!r} names something twice") from error


class _Loader(yaml.SafeLoader):
    """YAML in which an entry that stands twice is an error; else the last one counts."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        known: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in known:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} stands twice", key.start_mark)
            known.add(str(key.value))
        return super().construct_mapping(node, deep)


def read_sources(directory: Path, taxonomy: Taxonomy) -> dict[str, Source]:
    """Read and cross-check all source files, in the order of their ids.

    Raises:
        SourceError: If a file is malformed, misnamed, or maps onto a condition that the taxonomy lacks.
    """
    known = {*taxonomy.class_ids(), *(f"{crop.id}.{OTHER}" for crop in taxonomy.crops)}
    sources: dict[str, Source] = {}
    for path in sorted([*directory.glob("*.yaml"), *directory.glob("*.yml")]):
        if path.suffix == ".yml":
            raise SourceError(f"{path}: rename it to {path.stem}.yaml; other files are not read")
        try:
            source = Source.model_validate(yaml.load(path.read_text(encoding="utf-8"), _Loader))  # noqa: S506 - it is safe
        except ValidationError as error:
            found = "; ".join(f"{'.'.join(map(str, fault['loc']))} {fault['msg']}".strip() for fault in error.errors())
            raise SourceError(f"{path}: {found}") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise SourceError(f"{path}: this is no YAML in UTF-8: {error}") from error
        if source.id != path.stem:
            raise SourceError(f"{path}: holds the id {source.id!r}; file and id have one name")
        several = {source.labels.several} if source.labels and source.labels.several else set()
        missing = {*(mapping.to for mapping in source.classes.values()), *source.awaited, *several} - known
        if missing:
            raise SourceError(f"{path}: not in the taxonomy: {sorted(missing)}")
        sources[source.id] = source
    for source in sources.values():
        if source.part_of and (source.part_of not in sources or sources[source.part_of].part_of):
            raise SourceError(f"{directory / source.id}.yaml: `part_of` names no source that is whole")
    return sources
