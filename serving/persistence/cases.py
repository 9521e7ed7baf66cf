"""Cases: written once, read by their senders, deleted for good.

A diagnosis has no side effect, so a case sent twice may well be computed twice; what must happen once is its row. The
unique key in the database decides which of two copies becomes the case, in whichever process and however late. The
file is long because all that locks or deletes a case is here, where the order of locks can be compared.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Row, Select, and_, delete, false, func, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from majani.decision.question import Question
from majani.model.bundle import sha256_hex
from serving.persistence.case_record import FeedbackVerdict, KeyedRequest
from serving.persistence.engine import insert, insert_latest, upsert
from serving.persistence.erasures import Erased, note_erased
from serving.persistence.known_time import TOLERANCE, refuse_clock_behind
from serving.persistence.models import (
    AccessToken,
    Base,
    Case,
    Feedback,
    FollowUp,
    IdempotencyKey,
    Photo,
    TaughtPhoto,
    taught_path,
)
from serving.persistence.outbox import EventKind, announce, announce_deletion, case_data
from serving.persistence.repository import Repository

_CASES, _PHOTOS = Base.metadata.tables[Case.__tablename__], Base.metadata.tables[Photo.__tablename__]
# Latitudes and longitudes, as they are stored.
Places = Collection[tuple[float, float]]
_Columns = TypeVarTuple("_Columns")
# Everything that is read of a case after the session ends.
WHOLE = (selectinload(Case.all_photos), joinedload(Case.feedback), joinedload(Case.follow_up))
# Reported ones as well.
HAS_PHOTOS = or_(Case.keeps_photos, Case.reported_at.is_not(None))
# Of one worker in a day: more than anybody has found, and few enough to look through.
MOST_REPORTS = 20
# How long a reported case waits for a decision.
REPORT_STANDS = timedelta(days=7)


class UnknownCaseError(Exception):
    """There is no such case, or it was deleted. Its words are the same for a case of another sender."""

    def __init__(self, public_id: str) -> None:
        super().__init__(f"there is no diagnosis {public_id!r} for this token")


class NothingToSeeError(Exception):
    """No photo of the case is kept, so no expert can look at it."""

    def __init__(self, public_id: str) -> None:
        super().__init__(f"no photo of {public_id!r} is kept")


class DeletedCaseError(Exception):
    """The key belongs to a case that was deleted."""


class ReusedKeyError(Exception):
    """The key belongs to a case with another content."""


class Cases(Repository):
    """The tables of cases."""

    def add(self, case: Case, request: KeyedRequest | None = None) -> Case:
        """Keep a case, or find the one that was kept under the same key.

        Raises:
            DeletedCaseError: If the key's case was deleted.
            ReusedKeyError: If the key's case had another content.
        """
        case.created_at = self._moment()
        with self._connection() as connection:
            key_id = None
            if request is not None:
                key_id = connection.scalar(self._claiming(request))
                if key_id is None:
                    with Session(connection) as session:
                        return _found(session, request)
            case.id = connection.execute(_CASES.insert().returning(_CASES.c.id), _values(case)).scalar_one()
            connection.execute(_PHOTOS.insert(), [_values(photo) | {"case_id": case.id} for photo in case.all_photos])
            if key_id is not None:
                connection.execute(update(IdempotencyKey).where(IdempotencyKey.id == key_id).values(case_id=case.id))
            # Its sender shares it with experts, and all others nothing.
            if case.keeps_photos:
                announce(connection, EventKind.CASE_KEPT, case_data(case), moment=case.created_at, case_id=case.id)
        return case

    def replay(self, request: KeyedRequest) -> Case | None:
        """The case that was kept under this key, or None; raises as :meth:`add` does."""
        with self._reading() as session:
            used = select(IdempotencyKey.id).where(_is_under(request.key))
            return None if session.scalar(used) is None else _found(session, request)

    def bar(self, key: str) -> str | None:
        """Let nothing come under this key any more; returns the id of a case that came already and is to be deleted."""
        with self._connection() as connection:
            if connection.scalar(self._claiming(KeyedRequest(key, ""))) is not None:
                return None
            return connection.scalar(select(Case.public_id).join(IdempotencyKey).where(_is_under(key)))

    def note_deletion(self, sender_hash: str, moment: datetime) -> None:
        """Keep when a sender deleted everything, as long as keys are kept: what was sent before may still be coming."""
        row = {"key_hash": _hash(f"deleted:{sender_hash}"), "request_hash": "", "created_at": moment}
        self._run(insert_latest(self.engine, IdempotencyKey, "key_hash", "created_at").values(row))

    def deleted_at(self, *sender_hashes: str) -> datetime | None:
        """When a sender last deleted everything, or None."""
        keys = [_hash(f"deleted:{one}") for one in sender_hashes]
        asking = select(func.max(IdempotencyKey.created_at)).where(IdempotencyKey.key_hash.in_(keys))
        return self._first(asking)

    def of_sender(self, *sender_hashes: str) -> Sequence[str]:
        """Public ids of all cases of a messenger's sender."""
        with self._reading() as session:
            return session.scalars(select(Case.public_id).where(is_of_sender(session, sender_hashes))).all()

    def hashes_of(self, *sender_hashes: str) -> Set[str]:
        """These hashes of a messenger's sender, and those that cases tell to be of the same person."""
        with self._reading() as session:
            return _hashes_of(session, sender_hashes)

    def of_client(self, client_id: int, *, before: tuple[datetime, str] | None, limit: int) -> Sequence[Row[Any]]:
        """The newest cases of a program, at most ``limit``; only those that come after the time and id of one.

        Of each ``public_id``, ``created_at``, ``outcome``, ``condition``, and the number of its ``photos``.
        """
        photos = select(func.count()).where(Photo.case_id == Case.id).scalar_subquery().label("photos")
        asking = (
            select(Case.public_id, Case.created_at, Case.outcome, Case.condition, photos)
            .where(Case.client_id == client_id)
            .order_by(Case.created_at.desc(), Case.public_id.desc())
            .limit(limit)
        )
        if before is not None:
            moment, public_id = before
            at_once = and_(Case.created_at == moment, Case.public_id < public_id)
            asking = asking.where(or_(Case.created_at < moment, at_once))
        return self._rows(asking)

    def find(self, public_id: str) -> Case:
        """Read a case, or raise UnknownCaseError."""
        # PostgreSQL refuses even to look for it.
        if "\0" in public_id:
            raise UnknownCaseError(public_id)
        row = self._first(select(Case).where(Case.public_id == public_id).options(*WHOLE))
        if row is None:
            raise UnknownCaseError(public_id)
        return row

    def ask_expert(self, public_id: str) -> None:
        """Put a case at the front of the review queue; UnknownCaseError, or NothingToSeeError without a photo."""
        moment = self._moment()
        with self._writing() as session:
            row = lock_case_to_see(session, public_id)
            row.weigh(expert_asked=1.0)
            row.exchange = {"asked_at": moment.isoformat(), **(row.exchange or {})}

    def give_feedback(self, public_id: str, verdict: FeedbackVerdict, condition: str | None) -> Feedback:
        """Keep the sender's opinion of an answer in place of an earlier one, or raise UnknownCaseError."""
        given_at = self._moment()
        given = {"verdict": verdict.value, "condition": condition, "given_at": given_at}
        with self._writing() as session:
            # Feedback that comes twice at the same time takes turns, or the priority might follow from the first.
            row = lock_case(session, public_id)
            session.execute(upsert(self.engine, Feedback, {"case_id": row.id}, given))
            row.weigh(called_wrong=float(verdict is FeedbackVerdict.WRONG))
        return Feedback(**given)

    def follow_up(self, public_id: str, done: str, state: str, later: str | None) -> None:
        """Keep what the sender says days later, with their later case of the leaf if it is here.

        Raises:
            UnknownCaseError: If one of the two is another sender's, as far as senders are known.
        """
        moment = self._moment()
        with self._writing() as session:
            row = lock_case(session, public_id)
            again = session.scalar(select(Case).where(Case.public_id == later))
            if again is not None and (again.client_id, again.sender_hash) != (row.client_id, row.sender_hash):
                raise UnknownCaseError(again.public_id)
            later_id = None if again is None else again.id
            given = {"done": done, "state": state, "later_id": later_id, "given_at": moment}
            session.execute(upsert(self.engine, FollowUp, {"case_id": row.id}, given))

    def keep_question(self, public_id: str, question: Question) -> None:
        """Keep a question with the sender's reply in place of an earlier reply, or raise UnknownCaseError."""
        content = question.model_dump(mode="json")
        if not self._run(update(Case).where(Case.public_id == public_id).values(question=content)):
            raise UnknownCaseError(public_id)

    def report(self, public_id: str, worker_id: int) -> bool:
        """Hide a case with a photo that must not be here; False if this worker has reported too many today.

        A second time changes nothing. UnknownCaseError, or NothingToSeeError without a photo.
        """
        moment = self._clock()
        refuse_clock_behind(self.engine, moment)
        with self._writing() as session:
            row = lock_case(session, public_id)
            if row.reported_at is None:
                if not row.keeps_photos:
                    raise NothingToSeeError(public_id)
                worker = session.get_one(AccessToken, worker_id, with_for_update=True)
                before = (worker.reports or 0) if worker.reports_on == moment.date() else 0
                if before >= MOST_REPORTS:
                    return False
                worker.reports_on, worker.reports = moment.date(), before + 1
                row.keeps_photos, row.reported_at, row.reported_by = False, moment, worker_id
        return True

    def put_back(self, public_id: str) -> None:
        """Show a reported case again, or raise UnknownCaseError."""
        with self._writing() as session:
            row = lock_case(session, public_id)
            if row.reported_at is not None:
                row.keeps_photos, row.reported_at, row.reported_by = True, None, None

    def reported(self, *, district: Places | None, limit: int) -> Sequence[Row[Case, str]]:
        """Reported cases that wait for a decision, the first report first, each with the name of who reported it."""
        asking = select(Case, AccessToken.name).join(AccessToken, AccessToken.id == Case.reported_by)
        asking = within(asking.where(Case.reported_at.is_not(None)), district).options(*WHOLE)
        return self._rows(asking.order_by(Case.reported_at, Case.id).limit(limit))

    def paths(self, public_ids: Iterable[str]) -> Mapping[str, Sequence[str]]:
        """Where the kept photos of cases lie, also of reported ones: what has to go before their rows can."""
        asking = select(Case.public_id, Photo.path).join(Photo).where(Case.public_id.in_(list(public_ids)))
        found = defaultdict[str, list[str]](list)
        for public_id, path in self._rows(asking.where(Photo.path.is_not(None))):
            found[public_id].append(str(path))
        return found

    def delete(self, public_ids: Iterable[str]) -> int:
        """Delete cases with everything that hangs on them, for good, and return how many there were."""
        which = Case.public_id.in_(list(public_ids))
        # The key has to stay, but its hash would let anyone who has the photo recognise the case.
        of_them = IdempotencyKey.case_id.in_(select(Case.id).where(which))
        with self._connection() as connection:
            going = connection.execute(select(Case.id, Case.public_id, HAS_PHOTOS).where(which).with_for_update()).all()
            announce_deletion(connection, {case_id: public_id for case_id, public_id, _ in going}, self._clock())
            for kind in (Erased.CASE, Erased.PHOTOS):
                ids = [public_id for _, public_id, has_photos in going if has_photos == (kind is Erased.PHOTOS)]
                note_erased(connection, kind, ids, self._clock())
            connection.execute(update(IdempotencyKey).where(of_them).values(request_hash=""))
            return connection.execute(delete(Case).where(which)).rowcount

    def older_than(self, age: timedelta, *, keeps_photos: bool, limit: int, skip: int = 0) -> Sequence[str]:
        """The oldest cases past their time but for ``skip`` even older ones, at most ``limit``, by public id."""
        asking = select(Case.public_id).where(self._is_old(age, keeps_photos=keeps_photos))
        return self._all(asking.order_by(Case.created_at, Case.id).offset(skip).limit(limit))

    def count_old(self, ages: Mapping[bool, timedelta]) -> tuple[int, int]:
        """How many cases are past their time, without and with photos, and how many there are."""
        is_old = or_(*(self._is_old(age, keeps_photos=keeps_photos) for keeps_photos, age in ages.items()))
        counting = select(func.count().filter(is_old), func.count()).select_from(Case)
        [(going, kept)] = self._rows(counting)
        return going, kept

    def date_anew(self, ages: Mapping[bool, timedelta] | None = None) -> int:
        """Date cases and taught photos from the future today, with ``ages`` those past their time too; how many cases.

        A wrong clock has dated them: they would be kept for longer than was promised, or go at once.
        """
        moment = self._clock()
        wrong = [Case.created_at > moment + TOLERANCE]
        wrong += [self._is_old(age, keeps_photos=keeps_photos) for keeps_photos, age in (ages or {}).items()]
        given, reported = TaughtPhoto.given_at, Case.reported_at
        is_old = given < moment - ages[True] if ages else false()
        self._run(update(TaughtPhoto).where(or_(given > moment + TOLERANCE, is_old)).values(given_at=moment))
        is_over = reported < moment - REPORT_STANDS if ages else false()
        self._run(update(Case).where(or_(reported > moment + TOLERANCE, is_over)).values(reported_at=moment))
        return self._run(update(Case).where(or_(*wrong)).values(created_at=moment))

    def known(self, public_ids: Iterable[str]) -> set[str]:
        """Which of these cases exist."""
        asking = select(Case.public_id).where(Case.public_id.in_(list(public_ids)))
        return set(self._all(asking))

    def photo_paths(self) -> list[str]:
        """Where all stored photos lie, also those that districts are taught with."""
        of_cases = [str(path) for path in self._all(select(Photo.path).where(Photo.path.is_not(None)))]
        return of_cases + [taught_path(one) for one in self._all(select(TaughtPhoto.public_id))]

    def forget_keys(self, age: timedelta) -> int:
        """Delete old keys without a case, which no client sends again, and return how many."""
        is_old = IdempotencyKey.created_at < self._clock() - age
        return self._run(delete(IdempotencyKey).where(IdempotencyKey.case_id.is_(None), is_old))

    def _is_old(self, age: timedelta, *, keeps_photos: bool) -> ColumnElement[bool]:
        moment = self._clock()
        is_old = and_(Case.created_at < moment - age, HAS_PHOTOS if keeps_photos else ~HAS_PHOTOS)
        return or_(is_old, Case.reported_at < moment - REPORT_STANDS) if keeps_photos else is_old

    def _claiming(self, request: KeyedRequest) -> Any:
        row = {"key_hash": _hash(request.key), "request_hash": request.request_hash, "created_at": self._clock()}
        claiming = insert(self.engine, IdempotencyKey).values(row)
        # PostgreSQL waits here for another transaction with the same key, until it is clear which of the two counts.
        return claiming.on_conflict_do_nothing(index_elements=[IdempotencyKey.key_hash]).returning(IdempotencyKey.id)


def within(asking: Select[*_Columns], district: Places | None) -> Select[*_Columns]:
    """Only cases of a district, if there is one; a case without a place is in none."""
    if district is None:
        return asking
    # A row of squares after the other: fewer conditions than squares.
    rows = [
        (Case.latitude == latitude) & Case.longitude.in_([longitude for _, longitude in row])
        for latitude, row in groupby(sorted(district), key=itemgetter(0))
    ]
    return asking.where(or_(false(), *rows))


def is_of_sender(session: Session, sender_hashes: Collection[str]) -> ColumnElement[bool]:
    """Whether a case is of the person with these hashes, or with others that are known to be theirs."""
    return _under(_hashes_of(session, sender_hashes))


def _hashes_of(session: Session, sender_hashes: Collection[str]) -> Set[str]:
    ids = session.execute(select(Case.sender_hash, Case.alias_hash).where(_under(sender_hashes)))
    return {*sender_hashes, *(one for both in ids for one in both if one is not None)}


def _under(hashes: Collection[str]) -> ColumnElement[bool]:
    return or_(Case.sender_hash.in_(hashes), Case.alias_hash.in_(hashes))


def lock_case(session: Session, public_id: str) -> Case:
    """Find a case that no other transaction changes until this one ends, or raise UnknownCaseError."""
    row = session.scalar(select(Case).where(Case.public_id == public_id).with_for_update())
    if row is None:
        raise UnknownCaseError(public_id)
    return row


def lock_case_to_see(session: Session, public_id: str) -> Case:
    """The same of a case that an expert can look at; NothingToSeeError if no photo of it is kept."""
    row = lock_case(session, public_id)
    if not row.keeps_photos:
        raise NothingToSeeError(public_id)
    return row


def _found(session: Session, request: KeyedRequest) -> Case:
    used = session.scalar(select(IdempotencyKey).where(_is_under(request.key)))
    if used is None or used.case_id is None:
        raise DeletedCaseError
    if used.request_hash != request.request_hash:
        raise ReusedKeyError
    row = session.scalar(select(Case).where(Case.id == used.case_id).options(*WHOLE))
    if row is None:
        raise DeletedCaseError
    return row


def _values(row: Case | Photo) -> dict[str, Any]:
    """A new row by columns."""
    return {one.columns[0].name: getattr(row, one.key) for one in row.__mapper__.column_attrs if one.key != "id"}


def _is_under(key: str) -> ColumnElement[bool]:
    return IdempotencyKey.key_hash == _hash(key)


def _hash(key: str) -> str:
    return sha256_hex(key.encode())
