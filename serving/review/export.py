"""Reviewed cases in one tar file, for training: each reviewer's verdict, what senders said days later, and the photos.

Nothing in it leads back to the service or to a person: a case is named by a hash of its id, a reviewer by a number, and
notes stay at the desk. The same database makes the same file, byte for byte, so that a version of it can be told from
the next; what has been deleted since is not in the next.
"""

import csv
import io
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from majani.errors import ErrorCode
from majani.model.bundle import sha256_hex
from serving.cases.photo_store import PhotoReader, PhotoStore
from serving.persistence.case_record import case_pseudonym
from serving.persistence.models import Case

REVIEWS_FILE, PHOTOS_FILE = "reviews.csv", "photos.csv"
# A table of its own: the others' readers, also of older releases, expect their columns.
FOLLOW_UPS_FILE = "follow_ups.csv"
REVIEWS_COLUMNS = ("case", "reviewer", "verdict", "condition", "reviewed_on")
PHOTOS_COLUMNS = ("case", "position", "path", "sha256", "crop_hint", "model_version")
FOLLOW_UPS_COLUMNS = ("case", "done", "state")


@dataclass
class Exported:
    """What came into the file, and the names and error codes of photos that did not."""

    cases: int = 0
    reviews: int = 0
    photos: int = 0
    unreadable: list[tuple[str, ErrorCode]] = field(default_factory=list)


def write_export(reviewed: Iterable[Case], photos: PhotoStore, target: Path) -> Exported:
    """Write the file, which appears when it is complete; a case without a single readable photo is left out.

    Raises:
        StorageError: If the store of photos is away; nothing is written then.
        OSError: If the file cannot be written.
    """
    done = Exported()
    reviews_rows: list[tuple[str, ...]] = [REVIEWS_COLUMNS]
    photos_rows: list[tuple[str, ...]] = [PHOTOS_COLUMNS]
    follow_ups_rows: list[tuple[str, ...]] = [FOLLOW_UPS_COLUMNS]
    with _whole_file(target) as partial, tarfile.open(partial, "w", format=tarfile.USTAR_FORMAT) as archive:
        # By pseudonym, because the order of ids tells when a case came in.
        cases = sorted(reviewed, key=lambda case: case_pseudonym(case.public_id))
        kept = sum(photo.path is not None for case in cases for photo in case.photos)
        reader = PhotoReader(photos, photos=kept)
        for case in cases:
            rows = list(_photo_rows(case, reader, archive, done))
            if rows:
                photos_rows += rows
                reviews_rows += _review_rows(case)
                if said := case.follow_up:
                    follow_ups_rows.append((case_pseudonym(case.public_id), said.done, said.state))
                done.cases += 1
        done.photos, done.reviews = len(photos_rows) - 1, len(reviews_rows) - 1
        tables = ((PHOTOS_FILE, photos_rows), (REVIEWS_FILE, reviews_rows), (FOLLOW_UPS_FILE, follow_ups_rows))
        for name, table in tables:
            written = io.StringIO()
            csv.writer(written, lineterminator="\n").writerows(table)
            _add(archive, name, written.getvalue().encode())
    return done


@contextmanager
def _whole_file(target: Path) -> Iterator[Path]:
    """A file to write, which only its owner may read; it takes the place of ``target`` at the end, or goes."""
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    try:
        yield partial
        partial.rename(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _photo_rows(case: Case, reader: PhotoReader, archive: tarfile.TarFile, done: Exported) -> Iterator[tuple[str, ...]]:
    """Take the photos of a case into the archive; yields a row for each."""
    pseudonym, diagnosis = case_pseudonym(case.public_id), case.diagnosis
    for position, photo in enumerate(case.photos):
        if photo.path is None:
            continue
        name = f"photos/{pseudonym}/{position}.jpg"
        data = reader.read(photo.path)
        if data is None:
            # Deleted meanwhile, lost, or damaged.
            done.unreadable.append((name, ErrorCode.PHOTO_UNREADABLE))
            continue
        _add(archive, name, data)
        about = (diagnosis.crop_hint or "", diagnosis.model_version)
        yield pseudonym, str(position), name, sha256_hex(data), *about


def _review_rows(case: Case) -> list[tuple[str, ...]]:
    return [
        (
            case_pseudonym(case.public_id),
            # By the number of the access token, which `access list` shows.
            f"r{review.reviewer_id}",
            review.verdict,
            review.condition or "",
            review.reviewed_at.date().isoformat(),
        )
        # Keep the order of the reviews. A third one settles a disagreement, so it must not count against its reviewer.
        for review in case.reviews
    ]


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    # Leave out time and owner, so that the same content makes the same file.
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))
