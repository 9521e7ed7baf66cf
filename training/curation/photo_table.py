"""The table of all photos: decoded, measured, and compared with each other across sources.

Unusable photos keep their row, with a code: unreadable photos, duplicates, and duplicates with different labels.
:mod:`training.curation.partition` decides which photos train or test.

Reviewed cases come after the datasets and never change a row of a dataset. A farmer's photo that is also in a dataset
is left out with its case, whatever its label is.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import imagehash
import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from majani.errors import PhotoError
from majani.image.decode import decode
from majani.image.quality import measure
from majani.model.bundle import sha256_hex
from majani.taxonomy import Taxonomy
from training.artifacts.files import ASKED, OUTLIER, REVIEWS_SOURCE
from training.curation.duplicates import Fingerprint, group_names, joined, similar_pairs
from training.curation.groups import name_groups
from training.reviews.export import ReviewCode
from training.reviews.labels import Reviewed, read_reviewed
from training.settings import CurateParams, ReviewsParams
from training.sources.description import ClassMapping, Source
from training.sources.listing import PhotoFile

_WORKERS = 2  # as many as the smallest machine that trains has cores


@dataclass(frozen=True)
class PhotoRecord:
    """Measurements of an opened photo, or a stable ``error`` code and no measurements."""

    error: str = ""
    sha256: str = ""
    side_px: int = 0
    luminance: float = 0.0
    sharpness: float = 0.0
    fingerprint: Fingerprint | None = None


def list_reviewed(
    source: Source | None, *, raw: Path, taxonomy: Taxonomy, elsewhere: Collection[str], params: ReviewsParams
) -> tuple[list[PhotoFile], Reviewed | None]:
    """All labelled photos of reviewed cases, and what the report says about them; None where there is no export.

    Raises:
        ExportError: If the folder holds no export of the review desk.
    """
    if source is None:
        return [], None
    found = read_reviewed(raw / source.id, taxonomy=taxonomy, elsewhere=elsewhere, params=params)
    photos = found.photos if found else {}
    return [PhotoFile(source, photo, ClassMapping(to=class_id), "") for photo, class_id in photos.items()], found


def inspect_photo(path: Path) -> PhotoRecord:
    """Open one photo; a broken one becomes a row with its error.

    Raises:
        OSError: If the file cannot be read; that is a fault of the machine, not of the photo.
    """
    data = path.read_bytes()
    try:
        pixels = decode(data)
    except PhotoError as error:
        return PhotoRecord(error=error.code.value)
    quality = measure(pixels)
    picture = Image.fromarray(pixels)
    phash = np.packbits(imagehash.phash(picture).hash.flatten()).view(">u8")[0]
    thumbnail = np.asarray(picture.resize((32, 32), Image.Resampling.BOX), dtype=np.int16)
    return PhotoRecord(
        sha256=sha256_hex(data),
        side_px=quality.side_px,
        luminance=round(quality.luminance, 2),
        sharpness=round(quality.sharpness, 2),
        fingerprint=Fingerprint(phash=int(phash), thumbnail=thumbnail),
    )


def curate(listed: Sequence[PhotoFile], opened: Sequence[PhotoRecord], params: CurateParams) -> pd.DataFrame:
    """One row per photo, with its group and the reason not to use it, if there is one.

    Args:
        listed: Those of reviewed cases last, so that a group is named after a dataset's photo if it has one.
        opened: Measurements, in the same order.
        params: Limits of likeness.

    Returns:
        Columns ``photo`` (id and path below ``data/raw``), ``source``, ``class_id``, ``domain``, ``doubt``, ``terms``,
        ``official_split``, ``group``, ``sha256``, ``side_px``, ``luminance``, ``sharpness``, ``problem`` (empty, an
        error code, ``copy``, ``label_conflict`` or ``seen_elsewhere``) and ``copy_of``; also ``place``, ``session`` and
        ``camera``, if that is known of any photo.
    """
    rows = pd.DataFrame(
        {
            "photo": [str(Path(photo.source.id) / photo.relative) for photo in listed],
            "source": [photo.source.place for photo in listed],
            "class_id": [photo.mapping.to for photo in listed],
            "domain": [(photo.mapping.domain or photo.source.domain).value for photo in listed],
            "doubt": [photo.mapping.doubt or "" for photo in listed],
            "terms": [photo.source.terms_for(photo.relative).value for photo in listed],
            "official_split": [photo.official_split for photo in listed],
            "sha256": [record.sha256 for record in opened],
            "side_px": [record.side_px for record in opened],
            "luminance": [record.luminance for record in opened],
            "sharpness": [record.sharpness for record in opened],
            "problem": [record.error for record in opened],
            "copy_of": "",
        }
    )
    for name in ("place", "session", "camera"):
        if any(known := [getattr(photo, name) for photo in listed]):
            rows[name] = known
    prints = [record.fingerprint for record in opened]
    related = similar_pairs(prints, distance=params.related_distance, difference=params.related_difference)
    copies = similar_pairs(prints, distance=params.duplicate_distance, difference=params.duplicate_difference)
    is_case = [photo.source.is_reviewed for photo in listed]
    told = (*name_groups([(photo.source, photo.relative) for photo in listed]), *_taken_together(listed))
    together = [(first, other) for first, *others in told for other in others]
    together += [(first, other) for first, other in related if is_case[first] == is_case[other]]
    rows["group"] = group_names(list(rows["photo"]), together)
    same = [(first, other) for first, other in copies if is_case[first] == is_case[other]]
    for members in joined(len(listed), same):
        if len(members) > 1:
            _mark_duplicates(rows, members)
    for first, other in related:
        if is_case[first] != is_case[other]:
            _mark_seen_elsewhere(rows, other, copy_of=first)
    return rows


def _taken_together(listed: Sequence[PhotoFile]) -> Iterator[list[int]]:
    """Positions of the photos of each reviewed case, and of each session at one place."""
    together: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for position, photo in enumerate(listed):
        if photo.source.is_reviewed:
            together[photo.source.id, photo.relative.parent.as_posix()].append(position)
        elif photo.session:
            together[photo.source.id, photo.place, photo.session].append(position)
    yield from together.values()


def _mark_seen_elsewhere(rows: pd.DataFrame, position: int, *, copy_of: int) -> None:
    """Leave out a case that shows a photo of a dataset; it could be a test photo."""
    case = rows["photo"].str.startswith(f"{Path(str(rows.at[position, 'photo'])).parent}/")
    rows.loc[case, "problem"] = ReviewCode.SEEN_ELSEWHERE.value
    rows.at[position, "copy_of"] = str(rows.at[copy_of, "photo"])


def _mark_duplicates(rows: pd.DataFrame, members: Sequence[int]) -> None:
    """Keep one of several copies, an official test photo first; keep none outside the test if labels disagree.

    What the network does not learn gives way to photos of other sources, whatever its label.
    """
    others = [index for index in members if rows.at[index, "official_split"] not in (OUTLIER, ASKED)]
    if others:
        for index in set(members) - set(others):
            rows.at[index, "problem"], rows.at[index, "copy_of"] = "copy", str(rows.at[others[0], "photo"])
        members = others
    is_test = rows["official_split"].iloc[list(members)] == "test"
    ordered = sorted(members, key=lambda index: (not is_test[index], rows.at[index, "terms"] != "open", index))
    first = ordered[0]
    conflict = rows["class_id"].iloc[list(members)].nunique() > 1
    for index in ordered if conflict else ordered[1:]:
        if rows.at[index, "official_split"] == "test":
            continue  # official tests stay whole, so that figures compare with published ones
        rows.at[index, "problem"] = "label_conflict" if conflict else "copy"
        rows.at[index, "copy_of"] = str(rows.at[first, "photo"]) if index != first else ""


def findings(rows: pd.DataFrame, reviewed: Reviewed | None = None) -> dict[str, object]:
    """Counts for the report, the names of all label conflicts, and the findings about reviews."""
    conflicts = rows[rows["problem"] == "label_conflict"]
    return {
        "photos": len(rows),
        "usable": int((rows["problem"] == "").sum()),
        "problems": {str(key): int(value) for key, value in rows["problem"].value_counts().items() if key},
        "groups": int(rows["group"].nunique()),
        "label_conflicts": sorted(conflicts["photo"]),
        **({"reviews": {REVIEWS_SOURCE: reviewed.findings()}} if reviewed else {}),
    }


def inspect_photos(paths: Iterable[Path]) -> list[PhotoRecord]:
    """Open all photos, in their order, on all cores of the smallest machine that trains."""
    paths = list(paths)
    with ProcessPoolExecutor(_WORKERS) as pool:
        return list(tqdm(pool.map(inspect_photo, paths, chunksize=64), total=len(paths), desc="curate", unit="photo"))
