"""Stores cases: photos first and then the row that names them, so that no row names a photo that was never there.

The row is the one moment at which a case exists. A process that dies before it leaves at most photos without a case,
which :meth:`CaseRepository.forget` deletes; one that dies after it has stored everything. When a case is deleted its
photos go first too, and the row stays until they are gone.
"""

import base64
import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from majani.decision.diagnosis import Examination
from majani.model.bundle import sha256_hex
from majani.review.priority import signals
from majani.review.reference_photos import References
from serving.cases.photo_store import PhotoStore, case_of, photo_path
from serving.clock import now
from serving.persistence.case_record import KeyedRequest
from serving.persistence.cases import Cases, DeletedCaseError, ReusedKeyError
from serving.persistence.engine import NotBegunError, StorageError
from serving.persistence.models import TAUGHT, Case
from serving.persistence.repository import refuse_new

_BATCH = 100
# Because the row of a photo from the last second of a day follows on the next.
_SWEPT_AFTER = timedelta(days=2)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Forgotten:
    """What one run of the retention job deleted; stray photos belong to no case, and stuck ones cannot be deleted."""

    cases: int
    stray_photos: int
    stuck_cases: int = 0
    stuck_photos: int = 0


class CaseRepository:
    """Cases and their photos; safe to share between threads. Every method may raise ``StorageError``."""

    def __init__(
        self,
        cases: Cases,
        photos: PhotoStore,
        *,
        references: References | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """Prepare; ``references`` are the model's training photos, which the review priority is computed with."""
        self.cases = cases
        self.photos = photos
        self._references = references
        self._clock = clock

    def check_room(self, *, keeps_photos: bool) -> None:
        """Raise StorageError if a case could not be kept now, as far as is known without trying."""
        refuse_new(self.cases.engine, self._clock())
        if keeps_photos:
            self.photos.refuse_below_reserve()

    def store(
        self,
        examination: Examination,
        photos: Sequence[bytes | None],
        request: KeyedRequest | None = None,
        **about: Any,
    ) -> tuple[Case, str]:
        """Store a case, or find that of the same key, with its sender's token; raises as :meth:`Cases.add`.

        A photo that must not be stored is None. What there is to say ``about`` the case, :meth:`Case.of` takes.
        """
        public_id = secrets.token_urlsafe(16)
        token = secrets.token_urlsafe(32) if request is None else keyed_token(request.key, public_id)
        paths = self._write_photos(public_id, photos)
        case = Case.of(
            public_id,
            examination,
            paths,
            token_hash=sha256_hex(token.encode()),
            signals=signals(examination, self._references) if any(paths) else None,
            **about,
        )
        try:
            kept = self.cases.add(case, request)
        # The row may exist even after any other failure, and then it needs its photos.
        except (DeletedCaseError, ReusedKeyError, NotBegunError):
            self._drop(paths)
            raise
        if request is None or kept is case:
            return kept, token
        self._drop(paths)
        return kept, keyed_token(request.key, kept.public_id)

    def replay(self, request: KeyedRequest) -> tuple[Case, str] | None:
        """The case stored under this key, with its token, or None; raises as :meth:`store` does."""
        kept = self.cases.replay(request)
        return None if kept is None else (kept, keyed_token(request.key, kept.public_id))

    def delete(self, public_id: str) -> None:
        """Delete photos, then the case, if it is there: if the first fails, it still is, to be deleted again."""
        self.photos.delete(self.cases.paths([public_id])[public_id])
        self.cases.delete([public_id])

    def withdraw(self, key: str) -> None:
        """Delete the case of this key, wherever it is: kept, on its way, or never sent."""
        if (public_id := self.cases.bar(key)) is not None:
            self.delete(public_id)

    def forget(self, ages: Mapping[bool, timedelta]) -> Forgotten:
        """Delete cases and keys past their age, without and with photos, and photos that belong to no case.

        A photo that cannot be deleted holds up no case but its own, and no other photo; the next run tries again.
        """
        self.cases.date_anew()
        deleted = stuck = 0
        for keeps_photos, age in ages.items():
            passed = 0
            # Cases that stay are older than all that follow.
            while old := self.cases.older_than(age, keeps_photos=keeps_photos, limit=_BATCH, skip=passed):
                paths = self.cases.paths(old)
                free = [public_id for public_id in old if self._try_to_delete(paths[public_id])]
                # If none of so many can be deleted, the store is away.
                if not free and len(old) == _BATCH:
                    raise StorageError("the photo store deletes nothing")
                deleted += self.cases.delete(free)
                passed += len(old) - len(free)
            stuck += passed
        self.cases.forget_keys(ages[False])
        swept = [is_gone for stray in self.strays() for is_gone in self._sweep(stray)]
        return Forgotten(deleted, swept.count(True), stuck, swept.count(False))

    def strays(self) -> Iterator[Sequence[str]]:
        """The photos that belong to no case, some at a time; young ones may still get theirs."""
        # The row of one that is taught comes before its file, so the files are listed first.
        if taught := {*self.photos.below(TAUGHT)}:
            yield sorted(taught.difference(self.cases.photo_paths()))
        until = self._clock().date() - _SWEPT_AFTER
        for paths in (self.photos.below(day.isoformat()) for day in self.photos.days() if day <= until):
            for start in range(0, len(paths), _BATCH):
                part = paths[start : start + _BATCH]
                known = self.cases.known({case_of(path) for path in part})
                yield [path for path in part if case_of(path) not in known]

    def _sweep(self, stray: Sequence[str]) -> Sequence[bool]:
        """Delete photos, and tell for each whether it is gone."""
        swept = [self._try_to_delete([path]) for path in stray]
        if len(swept) == _BATCH and not any(swept):
            raise StorageError("the photo store deletes nothing")
        return swept

    def _write_photos(self, public_id: str, photos: Sequence[bytes | None]) -> tuple[str | None, ...]:
        moment = self._clock()
        # Without a row, photos must not be kept either.
        refuse_new(self.cases.engine, moment)
        paths: list[str | None] = []
        try:
            for position, data in enumerate(photos):
                path = None if data is None else photo_path(public_id, position, moment.date())
                if path is not None and data is not None:
                    self.photos.write(path, data)
                paths.append(path)
        except StorageError:
            # No row will name them, and the sender will send them again.
            self._drop(paths)
            raise
        return tuple(paths)

    def _drop(self, paths: Sequence[str | None]) -> None:
        if not self._try_to_delete([path for path in paths if path is not None]):
            logger.warning("photos that belong to no case are left for the next sweep")

    def _try_to_delete(self, paths: Sequence[str]) -> bool:
        try:
            self.photos.delete(paths)
        except StorageError as error:
            logger.warning("not deleted: %s", error)
            return False
        return True


def keyed_token(key: str, public_id: str) -> str:
    """The token of a case that was sent with a key.

    A client that sends the same case again must get the same token, and the database holds only its hash. Only the
    sender knows the key, so any process can compute the token from it, after any restart too.
    """
    digest = hmac.new(key.encode(), f"token:{public_id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
