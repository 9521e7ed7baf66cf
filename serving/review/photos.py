"""Labelled photos of a district: those of reviewed cases, whose senders agreed, and those that were uploaded.

Both are read anew for each refit and export, so what is deleted or has expired is in neither.
"""

import csv
import hashlib
import hmac
import io
import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from PIL import Image
from sqlalchemy import Engine

from majani.errors import ErrorCode, PhotoError
from majani.labels import LabelError, Suggestion, suggest
from majani.model.bundle import sha256_hex
from majani.taxonomy import Taxonomy
from serving.cases.diagnose import CaseService
from serving.cases.photo_store import PhotoReader, PhotoStore
from serving.clock import now
from serving.persistence.case_record import case_pseudonym
from serving.persistence.engine import StorageError
from serving.persistence.known_time import refuse_clock_behind
from serving.persistence.models import PUBLIC_ID_LENGTH, WORD_LENGTH, TaughtPhoto, taught_path
from serving.persistence.reviews import Reviews, expert_word
from serving.review.archive import Uploaded
from serving.teach.repository import KEYED, UNSURE, TaughtPhotos

TABLE, FOLDER = "photos.csv", "photos"
_COLUMNS = ("photo", "label", "visit", "reviewer")
# EXIF: the camera's model, and when a photo was taken.
_MODEL, _DETAILS, _TAKEN = 0x0110, 0x8769, 0x9003
# In the photo store: the key of visits.
_KEYS = "keys"


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo to learn from.

    Attributes:
        name: In tables and archives; it tells nothing about a case.
        path: In the photo store.
        visit: The same for photos that may be of one farm, day and phone; empty if nobody knows.
        case: Public id and position, if it belongs to a case.
        by: The one person who says so; None if several do.
    """

    name: str
    path: str
    label: str
    visit: str
    case: tuple[str, int] | None = None
    by: int | None = None


def labelled_photos(
    engine: Engine, district: str, cells: Collection[tuple[float, float]], tests_from: date | None = None
) -> tuple[Sequence[LabelledPhoto], Sequence[TaughtPhoto]]:
    """All of a district, and apart those that were uploaded and that nobody can label yet.

    A case counts with what more than half of its reviewers say; those for tests do not.
    """
    found = []
    for case in Reviews(engine).reviewed_cases(cells):
        word = expert_word(case.reviews)
        if word is None or word.condition is None or case.is_for_tests(tests_from):
            continue
        # Two farms of a square on one day count once: better too few than too many.
        visit = f"{case.created_at.date()}/{case.latitude},{case.longitude}"
        for position, photo in enumerate(case.photos):
            if photo.path is not None:
                name = f"{case_pseudonym(case.public_id)}-{position}"
                of_case = (case.public_id, position)
                by = case.reviews[0].reviewer_id if len(case.reviews) == 1 else None
                found.append(LabelledPhoto(name, photo.path, word.condition, visit, of_case, by))
    given = TaughtPhotos(engine).of(district)
    found += [
        LabelledPhoto(one.public_id, one.path, one.label, one.visit, by=one.given_by)
        for one in given
        if one.label is not None and one.label != UNSURE
    ]
    return found, [one for one in given if one.label is None]


def write_folder(photos: Sequence[LabelledPhoto], store: PhotoStore, write: Callable[[str, bytes], object]) -> None:
    """Write photos and table, by name and content; visits and reviewers are numbers, which tell nothing else."""
    reader, numbers, people = PhotoReader(store, photos=len(photos)), dict[str, str](), dict[int, str]()
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for photo in photos:
        # Deleted meanwhile, or lost.
        if (data := reader.read(photo.path)) is not None:
            name = f"{FOLDER}/{photo.name}.jpg"
            write(name, data)
            visit = numbers.setdefault(photo.visit, str(len(numbers) + 1)) if photo.visit else ""
            by = people.setdefault(photo.by, str(len(people) + 1)) if photo.by else ""
            rows.writerow((name, photo.label, visit, by))
    write(TABLE, table.getvalue().encode())


def keep_upload(
    uploaded: Iterable[Uploaded],
    label_of: Callable[[str], str | None],
    *,
    to: TaughtPhotos,
    cases: CaseService,
    district: str,
    by: int,
) -> tuple[int, Sequence[ErrorCode]]:
    """Keep photos without what phones write into them; returns how many are new, and why others were left out.

    Photos of farmers are answered in between. An upload that breaks off may be sent again: photos that are here already
    are only written once more.

    Raises:
        RequestError: As :func:`serving.review.archive.read_upload`; nothing was kept.
        StorageError: What was kept so far stays. So it does after any other error that ``uploaded`` raises.
    """
    known, refused, key = {one.public_id for one in to.of(district)}, [], b""
    before, person, store = len(known), f"worker {by}", cases.repository.photos
    with cases.intake.upload(person):
        for name, data in uploaded:
            try:
                kept = cases.intake.rewrite(data, person)
            except PhotoError as error:
                refused.append(error.code)
                continue
            public_id = sha256_hex(district.encode() + b"/" + kept)[:PUBLIC_ID_LENGTH]
            key = key or _visit_key(store)
            # A row without a file can be deleted, and sent again; a file without a row would stay for ever.
            to.add(district, by, public_id=public_id, name=name, label=label_of(name), visit=_visit(data, key))
            known.add(public_id)
            store.write(taught_path(public_id), kept)
    return len(known) - before, refused


def hide_visits(of: TaughtPhotos, store: PhotoStore) -> None:
    """Key the visits that were kept before 0.4 without a key."""
    if unkeyed := of.unkeyed_visits():
        key = _visit_key(store)
        of.rename_visits({visit: _keyed(visit, key) for visit in unkeyed})


def remove_photos(photos: Sequence[TaughtPhoto], *, of: TaughtPhotos, store: PhotoStore) -> None:
    """Delete uploaded photos for good, also from backups that come back."""
    # Its time decides whether a photo that is given again outlives what is noted.
    refuse_clock_behind(of.engine, now())
    gone, failed = [], None
    for one in photos:
        try:
            store.delete([one.path])
            gone.append(one.public_id)
        # The others go on.
        except StorageError as error:
            failed = error
    of.remove(gone)
    if failed is not None:
        raise failed


def suggestion(name: str, crop: str | None, taxonomy: Taxonomy) -> Suggestion | None:
    """What a folder's name means; None if it says nothing of a crop or condition."""
    with suppress(LabelError):
        return suggest([name], crop, taxonomy)[0]
    return None


def _visit(data: bytes, key: bytes) -> str:
    """The same for photos of one day and phone, as far as they say so; without the key, neither can be guessed."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as picture:
            # That of a PNG would decode it once more.
            exif = Image.Image.getexif(picture)
            day, phone = exif.get_ifd(_DETAILS).get(_TAKEN), exif.get(_MODEL)
    # Its pixels were read; what else it carries may be anything.
    except Exception:
        return ""
    return _keyed(hashlib.sha256(f"{str(day)[:10]}/{phone}".encode()).hexdigest()[:WORD_LENGTH], key) if day else ""


def _keyed(visit: str, key: bytes) -> str:
    return (KEYED + hmac.new(key, visit.encode(), hashlib.sha256).hexdigest())[:WORD_LENGTH]


def _visit_key(store: PhotoStore) -> bytes:
    """The key of this installation, made when it is first needed.

    It lies beside the photos and in no backup: a copy of the database tells of no visit on which day it was.
    """
    if not store.below(_KEYS):
        store.write(f"{_KEYS}/{secrets.token_hex(8)}", secrets.token_bytes(hashlib.sha256().digest_size))
    # Of two that were made at the same time, the same for all.
    return store.read(min(store.below(_KEYS)))
