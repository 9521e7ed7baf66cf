"""The photos of a dataset as its description tells them, and why the others are left out."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from training.artifacts.files import ASKED, OUTLIER
from training.sources.description import PARTS, ClassMapping, Source, composed
from training.sources.labels import Row, read_labels
from training.sources.record import photo_files

_SPLIT_OF_ROLE = {"evaluation": "test", "outliers": OUTLIER, "asked": ASKED}


class Skipped(StrEnum):
    """Why a photo is not even opened."""

    MISPLACED = "misplaced"
    UNDESCRIBED = "undescribed"
    UNLABELLED = "unlabelled"
    SEVERAL = "several_labels"
    OVER_CAP = "over_max_photos"
    TAUGHT = "crop_taught"


@dataclass(frozen=True)
class PhotoFile:
    """A photo as its source describes it, not yet opened; what is not known is empty."""

    source: Source
    relative: Path
    mapping: ClassMapping
    official_split: str
    place: str = ""
    session: str = ""
    camera: str = ""


@dataclass
class Listing:
    """Photos in a fixed order; of the others, how many there are by reason and by folder or label."""

    photos: list[PhotoFile] = field(default_factory=list)
    skipped: Counter[tuple[Skipped, str]] = field(default_factory=Counter)

    def leave_out_taught(self, crops: Collection[str]) -> None:
        """Leave out outliers that show one of these crops: the head would refuse what the network learns."""
        taught = [photo for photo in self.photos if photo.mapping.crop in crops]
        self.skipped.update((Skipped.TAUGHT, str(crop.mapping.crop)) for crop in taught)
        self.photos = [photo for photo in self.photos if photo.mapping.crop not in crops]


def list_photos(source: Source, folder: Path) -> Listing:
    """List the photos below ``folder``.

    Raises:
        SourceError: If the table of labels is missing or lacks a column, or a folder is a link.
    """
    listing = Listing()
    # A clone that adapts a bundle has the photos of its district alone.
    if not folder.exists():
        return listing
    table = read_labels(source.labels, folder) if source.labels else None
    for relative in sorted(photo_files(folder)):
        parts = source.parse_path(relative)
        if parts is None:
            listing.skipped[Skipped.MISPLACED, relative.parent.as_posix()] += 1
            continue
        if table is None:
            row = Row({parts["class"]})
        else:
            names = tuple(map(composed, (relative.as_posix(), relative.name, relative.stem)))
            row = next((table[name] for name in names if name in table), Row())
        mapping = _mapping(source, row.labels)
        if isinstance(mapping, Skipped):
            listing.skipped[mapping, " + ".join(sorted(row.labels))] += 1
            continue
        told = {name: row.parts.get(name) or parts.get(name, "") for name in PARTS}
        told["session"] = told["session"] or source.session_of(relative)
        official = source.official_splits.get(told.pop("split"), "")
        official = ASKED if mapping.is_asked else _SPLIT_OF_ROLE.get(source.role, official)
        listing.photos.append(PhotoFile(source, relative, mapping, official, **told))
    if source.max_photos is not None and len(listing.photos) > source.max_photos:
        listing.skipped[Skipped.OVER_CAP, ""] = len(listing.photos) - source.max_photos
        listing.photos = _capped(listing.photos, source.max_photos)
    return listing


def _mapping(source: Source, labels: set[str]) -> ClassMapping | Skipped:
    if not labels:
        return Skipped.UNLABELLED
    first, *others = (source.mapping(label) for label in sorted(labels))
    if any((photo and photo.to) != (first and first.to) for photo in others):
        several = source.labels and source.labels.several
        return ClassMapping(to=several) if several else Skipped.SEVERAL
    return first or Skipped.UNDESCRIBED


def _capped(photos: Sequence[PhotoFile], most: int) -> list[PhotoFile]:
    """In the order of a hash, one of each class and split, then a second, and so on: a photo more moves few others."""
    strata: defaultdict[tuple[str, str], list[tuple[bytes, Path]]] = defaultdict(list)
    for photo in photos:
        digest = hashlib.sha256(photo.relative.as_posix().encode()).digest()
        strata[photo.mapping.to, photo.official_split].append((digest, photo.relative))
    turns = sorted((turn, *photo) for stratum in strata.values() for turn, photo in enumerate(sorted(stratum)))
    kept = {relative for *_, relative in turns[:most]}
    return [photo for photo in photos if photo.relative in kept]
