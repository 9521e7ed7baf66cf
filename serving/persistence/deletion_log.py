"""What was deleted and who was shut out, written down outside the database, so that no restored backup undoes it.

The log lies beside the photos, which all machines share: a small file for each deletion, with ids and hashes that lead
back to nothing. Files are only added. ``store restore`` deletes what they name before anything comes back.
"""

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy import Engine, delete, or_, update

from serving.clock import now
from serving.persistence.cases import Cases
from serving.persistence.models import AccessToken, TaughtPhoto, VisitRow
from serving.persistence.repository import Repository, write_session

FOLDER = "deleted"
# Both databases bound the values of one statement.
_BATCH = 500


class Deleted(StrEnum):
    """What a line is about: the public id of a case, a visit or a taught photo, or the hash of a revoked token."""

    CASE = "case"
    VISIT = "visit"
    TOKEN = "token"  # noqa: S105 - not one
    TAUGHT = "taught"


class Files(Protocol):
    """Where the log lies; as :class:`serving.cases.photo_store.PhotoStore`."""

    def write(self, path: str, data: bytes) -> None:
        """Keep a file."""

    def read(self, path: str) -> bytes:
        """Read a file."""

    def below(self, folder: str) -> Sequence[str]:
        """The paths of all files of one folder."""


class DeletionLog:
    """The files of the log; safe to share between threads. Every use may raise ``StorageError``."""

    def __init__(self, files: Files, *, clock: Callable[[], datetime] = now) -> None:
        self._files, self._clock = files, clock

    def add(self, what: Deleted, ids: Iterable[str]) -> None:
        """Write down what is deleted, before it is; a second time does no harm."""
        if lines := "".join(f"{what} {public_id}\n" for public_id in ids):
            name = f"{self._clock():%Y%m%dT%H%M%S}-{secrets.token_hex(8)}"
            self._files.write(f"{FOLDER}/{name}", lines.encode())

    def repeat(self, engine: Engine) -> None:
        """Delete and revoke in a database all that the log names."""
        # By what and which, the file that says so last.
        logged: dict[str, dict[str, str]] = defaultdict(dict)
        for path in sorted(self._files.below(FOLDER)):
            # The last line of a file that a full disk has cut names nothing.
            for line in self._files.read(path).decode(errors="replace").splitlines():
                what, _, public_id = line.partition(" ")
                logged[what][public_id] = path.rpartition("/")[2]
        moment = self._clock()
        visits = update(VisitRow).where(VisitRow.deleted_at.is_(None)).values(content={}, deleted_at=moment)
        tokens = update(AccessToken).where(AccessToken.revoked_at.is_(None))
        for ids in _batches(logged[Deleted.CASE]):
            Cases(engine, clock=self._clock).delete(ids)
        with write_session(engine) as session:
            # The same photo has the same id when it is given again.
            for public_id, name in logged[Deleted.TAUGHT].items():
                until = datetime.fromisoformat(f"{name.partition('-')[0]}Z") + timedelta(seconds=1)
                # From the future it is of a clock that was ahead.
                was_here = or_(TaughtPhoto.given_at < until, TaughtPhoto.given_at > moment)
                session.execute(delete(TaughtPhoto).where(TaughtPhoto.public_id == public_id, was_here))
            # Phones ask for what has changed since a moment, so each has its own.
            for at, public_id in enumerate(logged[Deleted.VISIT]):
                changed = {"updated_at": moment + timedelta(microseconds=at)}
                session.execute(visits.where(VisitRow.public_id == public_id).values(changed))
            for ids in _batches(logged[Deleted.TOKEN]):
                session.execute(tokens.where(AccessToken.token_hash.in_(ids)).values(revoked_at=moment))


class LoggedRepository(Repository):
    """What is deleted or revoked here is also written down in ``log``, if given, so that no backup brings it back."""

    def __init__(self, engine: Engine, log: DeletionLog | None = None, *, clock: Callable[[], datetime] = now) -> None:
        super().__init__(engine, clock=clock)
        self._log = log

    def _write_down(self, what: Deleted, ids: Iterable[str]) -> None:
        if self._log is not None:
            self._log.add(what, ids)


def _batches(named: Iterable[str]) -> Iterator[Sequence[str]]:
    ids = list(named)
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))
