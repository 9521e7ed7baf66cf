"""A folder of photos that people have labelled: read, checked and grouped, and what became of the others."""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from python_calamine import CalamineError
from tqdm import tqdm

from majani.errors import RefusedError
from majani.image.decode import decode
from majani.image.quality import Quality, reasons_to_retake
from majani.model.bundle import Bundle
from majani.model.predictor import Predictor
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.embeddings import KEPT, EmbeddingTable
from training.artifacts.files import read_taxonomy
from training.bundle.inference import THREADS
from training.curation.duplicates import group_names, similar_pairs
from training.curation.photo_table import PhotoRecord, inspect_photos
from training.reviews.labels import read_reviewed
from training.settings import CurateParams, read_params
from training.sources.archive import unpack
from training.sources.record import PHOTOS_TABLE, REVIEWS_TABLE, TABLES, photo_files

_READERS: Mapping[str, Callable[..., Any]] = {
    ".csv": partial(pd.read_csv, sep=None, engine="python", encoding="utf-8-sig"),
    ".xlsx": partial(pd.read_excel, engine="calamine"),
}
# What tables call a photo, its label, who gave it, and the parts of a visit.
_PHOTO = ("photo", "image", "file", "filename", "path")
_LABEL = ("label", "class", "condition", "diagnosis", "disease")
_REVIEWER = "reviewer"
_VISIT = (("place", "farm", "site", "village"), ("session", "day", "date", "visit"), ("camera", "phone", "device"))
_TIME = re.compile(r"[T ]\d{1,2}:\d\d.*")
# EXIF: the camera's model, and when a photo was taken.
_MODEL, _DETAILS, _TAKEN = 0x0110, 0x8769, 0x9003


class PhotosError(RefusedError):
    """A folder or table holds no labelled photos."""


@dataclass(frozen=True)
class Labelled:
    """Photos with their labels, not yet opened; ``visit`` is empty where nobody knows farm, day or phone."""

    folder: Path
    rows: pd.DataFrame

    @property
    def labels(self) -> list[str]:
        """All different labels."""
        return sorted(set(self.rows["label"]))


@contextmanager
def opened(given: Path) -> Iterator[Labelled]:
    """As :func:`find_photos`; also of an archive, which is unpacked for so long."""
    if given.is_dir() or given.suffix.lower() in _READERS:
        yield find_photos(given)
        return
    with tempfile.TemporaryDirectory() as folder:
        unpack(given, Path(folder), tables=TABLES)
        yield find_photos(Path(folder))


def find_photos(given: Path) -> Labelled:
    """Photos in folders that are called after what they show, or of a table beside them.

    Raises:
        PhotosError: If there is no photo, or the table has no columns of photos and labels.
    """
    if given.suffix.lower() in _READERS:
        return _of_table(given)
    if (given / REVIEWS_TABLE).is_file():
        return _of_reviews(given)
    if (given / PHOTOS_TABLE).is_file():
        return _of_table(given / PHOTOS_TABLE)
    photos = photo_files(given)
    # At the top, nothing says what a photo shows.
    rows = [(path.as_posix(), path.parent.as_posix(), "") for path in photos if path.parent != Path()]
    if not rows:
        raise PhotosError(f"{given} has no photos in folders called after what they show, such as {given}/rust/1.jpg")
    return Labelled(given, pd.DataFrame(rows, columns=["photo", "label", "visit"]))


def _of_reviews(folder: Path) -> Labelled:
    """Reviewed cases by the label on which their reviewers agree."""
    taxonomy = read_taxonomy()
    found = read_reviewed(folder, taxonomy=taxonomy, elsewhere=taxonomy.class_ids(), params=read_params().reviews)
    # An export tells neither farm nor day nor phone.
    rows = [(path.as_posix(), class_id, "") for path, class_id in (found.photos.items() if found else ())]
    if not rows:
        raise PhotosError(f"{folder} has no case on which reviewers agree")
    return Labelled(folder, pd.DataFrame(rows, columns=["photo", "label", "visit"]))


def _of_table(file: Path) -> Labelled:
    try:
        table = _READERS[file.suffix.lower()](file, dtype=str, keep_default_na=False).fillna("")
    except (OSError, ValueError, csv.Error, CalamineError) as error:
        raise PhotosError(f"{file} is no table: save it as CSV in UTF-8, or as xlsx") from error
    columns = {str(name).strip().lower(): name for name in table}
    photo, label = (next((columns[one] for one in names if one in columns), None) for names in (_PHOTO, _LABEL))
    if photo is None or label is None:
        raise PhotosError(f"{file} needs the columns 'photo' and 'label'; it has {', '.join(columns) or 'none'}")
    parts = [next((columns[one] for one in names if one in columns), None) for names in _VISIT]
    told = table[[part for part in parts if part is not None]].to_numpy().tolist()
    # Each photo has its time of day; farms are spelt in many ways.
    told = [[_TIME.sub("", one.strip()).casefold() for one in row] for row in told]
    visits = ["/".join(row) if any(row) else "" for row in told] if any(parts) else ""
    rows = pd.DataFrame({"photo": table[photo].str.strip(), "label": table[label].str.strip(), "visit": visits})
    rows[_REVIEWER] = table[columns[_REVIEWER]].str.strip() if _REVIEWER in columns else ""
    rows = rows[(rows["photo"] != "") & (rows["label"] != "")].drop_duplicates(ignore_index=True)
    outside = [one for one in rows["photo"] if Path(one).is_absolute() or ".." in Path(one).parts]
    if outside or rows.empty:
        raise PhotosError(f"{file}: {outside[0]} lies outside its folder" if outside else f"{file} names no photo")
    return Labelled(file.parent, rows)


def check(labelled: Labelled, ids: Mapping[str, str], bundle: Bundle, params: CurateParams) -> pd.DataFrame:
    """Open all photos and put together those that look alike; prints what is left out, and why.

    Returns:
        Columns ``KEPT``, ``label``, ``visit``, ``reviewer`` (empty if nobody knows), and ``problem``: empty,
        ``unlabelled``, ``no crop``, ``missing``, an error's code, a reason to take it again, ``copy``, or
        ``two labels``.
    """
    rows = labelled.rows.assign(class_id=labelled.rows["label"].map(ids).fillna(""), problem="")
    rows.loc[rows["class_id"] == "", "problem"] = "unlabelled"
    rows.loc[rows["class_id"].isin(REJECT_CLASSES), "problem"] = "no crop"
    there = [(labelled.folder / photo).is_file() for photo in rows["photo"]]
    rows.loc[~np.array(there), "problem"] = "missing"
    asked = rows.index[rows["problem"] == ""]
    opened = dict(zip(asked, inspect_photos(labelled.folder / rows["photo"][one] for one in asked), strict=True))
    limits = bundle.manifest.rules.quality
    for name in ("sha256", "side_px", "luminance", "sharpness"):
        rows[name] = [getattr(opened.get(one, PhotoRecord()), name) for one in rows.index]
    for one, record in opened.items():
        reasons = [] if record.error else reasons_to_retake(_quality(record), limits)
        rows.loc[one, "problem"] = record.error or ", ".join(reason.value for reason in reasons)
        if not rows.loc[one, "visit"] and not record.error:
            rows.loc[one, "visit"] = _exif_visit(labelled.folder / rows["photo"][one])
    kept = [one for one in asked if rows["problem"][one] == ""]
    rows["group"] = rows["photo"]
    rows.loc[kept, "group"] = group_names(list(rows.loc[kept, "photo"]), _alike([opened[one] for one in kept], params))
    # Heads are tried on whole visits; what looks alike is of one.
    rows.loc[kept, "visit"] = rows.loc[kept].groupby("group")["visit"].transform("max")
    for _, copies in rows.loc[kept].groupby("sha256"):
        if copies["class_id"].nunique() > 1:
            rows.loc[copies.index, "problem"] = "two labels"
        rows.loc[copies.index[1:], "problem"] = rows["problem"][copies.index[1:]].replace("", "copy")
    rows = rows.assign(source="district", domain="field", doubt="", terms="open", split="train", weight=0.0)
    rows[_REVIEWER] = labelled.rows.get(_REVIEWER, "")
    print_left_out(rows["photo"], rows["problem"])
    return rows[[*KEPT, "label", "visit", _REVIEWER, "problem"]]


def print_left_out(photos: "pd.Series[str]", problems: "pd.Series[str]") -> None:
    """A line for each problem, with the first photos that have it."""
    for problem, names in photos[problems != ""].groupby(problems):
        print(f"left out, {str(problem).replace('_', ' ')}: {', '.join(names[:5])}{', ...' * (len(names) > 5)}")


def _quality(record: PhotoRecord) -> Quality:
    return Quality(record.side_px, record.luminance, record.sharpness)


def _alike(opened: Iterable[PhotoRecord], params: CurateParams) -> list[tuple[int, int]]:
    """Pairs of positions, lower first."""
    prints = [record.fingerprint for record in opened]
    return similar_pairs(prints, distance=params.related_distance, difference=params.related_difference)


def looks_like(files: Sequence[Path], others: Sequence[Path], params: CurateParams) -> list[bool]:
    """Whether each photo looks like one of the others; all have been checked."""
    pairs = _alike(inspect_photos([*others, *files]), params)
    found = {later - len(others) for earlier, later in pairs if earlier < len(others) <= later}
    return [at in found for at in range(len(files))]


def _exif_visit(path: Path) -> str:
    """Day and phone, as far as the photo says so; a messenger takes them out."""
    try:
        with Image.open(io.BytesIO(path.read_bytes()), formats=("JPEG", "PNG", "WEBP")) as picture:
            exif = picture.getexif()
            day, phone = exif.get_ifd(_DETAILS).get(_TAKEN), exif.get(_MODEL)
    # Its pixels were read; what else it carries may be anything.
    except Exception:
        return ""
    return f"{str(day)[:10]}/{phone or ''}" if day else ""


def seen_by(bundle: Bundle, folder: Path, rows: pd.DataFrame, network: str, *, title: str) -> EmbeddingTable:
    """What a bundle's network sees in checked photos."""
    predictor = Predictor(bundle, threads=THREADS)
    photos = tqdm(rows["photo"], desc=title, unit="photo")
    found = [predictor.predict(decode((folder / photo).read_bytes())).embedding for photo in photos]
    embeddings = np.array(found, dtype=np.float32).reshape(-1, bundle.manifest.model.embedding_size)
    return EmbeddingTable(rows.reset_index(drop=True), embeddings, network)
