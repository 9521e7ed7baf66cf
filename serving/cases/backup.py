"""Backups: the database and the photos of its cases, together in one folder.

The database is copied first. A photo is written before its case, so all photos of the copied cases are there to be
copied afterwards, unless a case was deleted meanwhile; then it is deleted from the copy too. Restoring goes the other
way round, so no case is ever without its photos. What is gone stays gone: the database that is replaced and all backups
beside the restored one say what that is.
"""

import logging
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, delete, or_, select, update

from serving.cases.database_copy import copy_database
from serving.cases.photo_store import PhotoReader, PhotoStore, case_of
from serving.clock import now
from serving.persistence.cases import Cases
from serving.persistence.engine import StorageError, connect, disposing
from serving.persistence.erasures import BATCH, Erased, Erasures, carry, note_erased
from serving.persistence.migration import upgrade
from serving.persistence.models import TAUGHT, AccessToken, Case, DeskSession, TaughtPhoto, VisitRow
from serving.persistence.repository import read_session, write_session

DATABASE_FILE = "majani.sqlite3"
PHOTOS_DIR = "photos"
# Files of 0.3.0, each named by its moment, that say what was deleted: a kind and an id a line.
_NOTES_DIR, _NOTE = "deleted", re.compile(r"\d{8}T\d{6}(?=-)")
_NOTED = {"case": Erased.PHOTOS} | {kind.value: kind for kind in (Erased.VISIT, Erased.TOKEN, Erased.TAUGHT)}
# An object store answers many at a time.
_THREADS = 8

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Copied:
    """What a backup holds, and how many photos of its cases were not there or could not be read."""

    photos: int
    missing_photos: int


def write_backup(engine: Engine, photos: PhotoStore, folder: Path) -> Copied:
    """Write a backup to ``folder``, which appears when it is complete; the service may run meanwhile.

    Raises:
        StorageError: If the database or the photo store is away, or the store has none of the photos.
        OSError: If the backup cannot be written, or is there already.
    """
    partial = folder.with_name(f"{folder.name}.partial")
    partial.mkdir(mode=0o700)
    try:
        with _open(partial) as copy:
            copy_database(engine, copy)
            paths = Cases(copy).photo_paths()
            missing = _copy_photos(paths, photos, PhotoStore(str(partial / PHOTOS_DIR)))
            gone = set(missing) - set(Cases(engine).photo_paths() if missing else ())
            taught = {path for path in gone if path.startswith(TAUGHT)}
            cases = {case_of(path) for path in gone - taught}
            Cases(copy).delete(cases - Cases(engine).known(cases))
            was_taught = TaughtPhoto.public_id.in_([Path(path).stem for path in taught])
            with write_session(copy) as session:
                session.execute(delete(TaughtPhoto).where(was_taught))
        lost = _named([path for path in missing if path not in gone])
        if lost and len(missing) == len(paths):
            # A disk that is not mounted looks like an empty folder.
            raise StorageError("the photo store has none of the photos")
        partial.rename(folder)
    except BaseException:
        # Every attempt on a full disk would leave a part behind.
        shutil.rmtree(partial)
        raise
    return Copied(len(paths) - len(missing), lost)


def restore_backup(folder: Path, engine: Engine, photos: PhotoStore) -> Copied:
    """Replace the database behind ``engine`` by the backup in ``folder``, and add its photos.

    What was deleted since the backup is first deleted in the backup too. A backup of an older release is brought up to
    date in its folder; one of a newer release is a NewerTablesError.
    """
    with _open(folder) as copy:
        carry(engine, copy)
        read_notes(photos, copy)
        _look_beside(folder.absolute(), copy)
        _erase_again(copy)
        paths = Cases(copy).photo_paths()
        missing = _copy_photos(paths, PhotoStore(str(folder / PHOTOS_DIR)), photos)
        copy_database(copy, engine)
    return Copied(len(paths) - len(missing), _named(missing))


def read_notes(store: PhotoStore, engine: Engine) -> Sequence[str]:
    """Note in the database what 0.3.0 wrote into files of a folder, and return their paths: they are needed no more."""
    paths = [path for path in store.below(_NOTES_DIR) if _NOTE.match(path.rpartition("/")[2])]
    for path in paths:
        # To the second, and the photo was there before.
        moment = datetime.fromisoformat(f"{path.rpartition('/')[2][:15]}Z") + timedelta(seconds=1)
        # The last line of a file that a full disk has cut names nothing.
        lines = [line.split(" ", 1) for line in store.read(path).decode(errors="replace").splitlines() if " " in line]
        with write_session(engine) as session:
            for kind, erased in _NOTED.items():
                note_erased(session.connection(), erased, {one for what, one in lines if what == kind}, moment)
    return paths


def _look_beside(folder: Path, copy: Engine) -> None:
    """Learn from all other backups in the folder of this one; StorageError if it cannot be known which there are."""
    try:
        others = sorted(other for other in folder.parent.iterdir() if other.is_dir() and other != folder)
    except OSError as error:
        message = f"what lies beside {folder} cannot be listed; put it into another folder, with all later backups"
        raise StorageError(message) from error
    for other in others:
        if not os.access(other, os.R_OK | os.X_OK):
            logger.error("%s: not to be read; if it is a backup, what it says to be deleted may come back", other)
        elif other.name == _NOTES_DIR:
            read_notes(PhotoStore(str(folder.parent)), copy)
        # One that is being written is not whole.
        elif (file := other / DATABASE_FILE).is_file() and other.suffix != ".partial":
            # Nothing is written there, not even a journal if there is none: it may be another account's.
            is_quiet = not file.with_name(f"{DATABASE_FILE}-wal").exists()
            address = {"uri": "true", "mode": "ro", "immutable": str(int(is_quiet))}
            with disposing(create_engine(URL.create("sqlite", database=file.as_uri(), query=address))) as beside:
                try:
                    carry(beside, copy)
                except StorageError as error:
                    raise StorageError(f"{file} cannot be read; without it, move its folder away") from error


def _erase_again(copy: Engine) -> None:
    """Delete and revoke in a restored database what it knows to be gone."""
    moment, erasures = now(), Erasures(copy)

    def gone(column: Any) -> Iterator[Mapping[str, datetime]]:
        with read_session(copy) as session:
            for ids in session.scalars(select(column)).partitions(BATCH):
                yield erasures.find(ids)

    for cases in filter(None, list(gone(Case.public_id))):
        Cases(copy).delete(cases)
    photos, visits, tokens = (
        {public_id: at for some in gone(column) for public_id, at in some.items()}
        for column in (TaughtPhoto.public_id, VisitRow.public_id, AccessToken.token_hash)
    )
    with write_session(copy) as session:
        # People who have signed out since would be signed in again.
        session.execute(delete(DeskSession))
        for public_id, erased_at in photos.items():
            # It may have been given again; from the future it is of a clock that was ahead.
            was_here = or_(TaughtPhoto.given_at <= erased_at, TaughtPhoto.given_at > moment)
            session.execute(delete(TaughtPhoto).where(TaughtPhoto.public_id == public_id, was_here))
        # Phones ask for what has changed since a moment, so each has its own.
        for number, public_id in enumerate(visits):
            changed = {"content": {}, "deleted_at": moment, "updated_at": moment + timedelta(microseconds=number)}
            here = update(VisitRow).where(VisitRow.public_id == public_id, VisitRow.deleted_at.is_(None))
            session.execute(here.values(changed))
        for token_hash in tokens:
            good = update(AccessToken).where(AccessToken.token_hash == token_hash, AccessToken.revoked_at.is_(None))
            session.execute(good.values(revoked_at=moment))


def _named(lost: Sequence[str]) -> int:
    for path in lost:
        logger.error("%s: not there, or not to be read", path)
    return len(lost)


def _copy_photos(paths: Sequence[str], source: PhotoStore, target: PhotoStore) -> list[str]:
    """Copy photos; gives the paths of those that were not there or could not be read."""
    reader = PhotoReader(source, photos=len(paths))

    def copy(path: str) -> bool:
        data = reader.read(path)
        if data is not None:
            target.write(path, data)
        return data is not None

    with ThreadPoolExecutor(_THREADS) as threads:
        return [path for path, is_copied in zip(paths, threads.map(copy, paths), strict=True) if not is_copied]


@contextmanager
def _open(folder: Path) -> Iterator[Engine]:
    with disposing(connect(URL.create("sqlite", database=str(folder / DATABASE_FILE)))) as engine:
        upgrade(engine)
        yield engine
