"""Stores visits. A worker reads, changes and deletes their own; an agronomist reads those of all."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, delete, func, or_, select, update
from sqlalchemy.orm import Session

from majani.model.bundle import sha256_hex
from serving.http.errors import RequestCode, RequestError
from serving.persistence.engine import insert
from serving.persistence.erasures import Erased, note_erased
from serving.persistence.known_time import TOLERANCE
from serving.persistence.models import AccessToken, IdempotencyKey, VisitRow
from serving.persistence.repository import Repository
from serving.visits.visit import NewVisit, Visit, VisitChanges

# A change that began a little earlier may become visible a little later.
OVERLAP = timedelta(minutes=1)
# A long day has 60 visits of six plants, 3 to 5 kB each. A phone that was offline for two weeks may bring all of them
# at once; in a year, one token fills 3 GB at most.
QUOTA_VISITS, QUOTA_BYTES = 1000, 8 * 1024 * 1024
_QUOTA_LASTS = timedelta(days=1)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Listed:
    """A visit in the list of all; ``number`` tells apart those that began at the same moment."""

    number: int
    worker: str
    visit: Visit


class Visits(Repository):
    """The table of visits."""

    def put(self, worker_id: int, visit_id: UUID, sent: NewVisit) -> Visit:
        """Store what a phone sent, beside what is there, and return all that counts now.

        Raises:
            RequestError: ``time_implausible``, ``visit_full``, ``visit_of_another``, ``visit_deleted`` or
                ``visits_too_many``.
        """
        moment = self._moment()
        sent.check_times(moment)
        with self._writing() as session:
            if sent.latest > moment:
                sent = sent.earlier(sent.latest - self._first_seen(session, worker_id, visit_id, sent.latest))
            row = self._own(session, worker_id, visit_id, sent.started_at)
            if row.deleted_at is not None:
                raise RequestError(RequestCode.VISIT_DELETED, "this visit was deleted")
            kept = NewVisit.model_validate(row.content) if row.content else None
            counts = sent.after(kept)
            # Other phones need not fetch what was only repeated.
            if counts != kept:
                content = counts.model_dump(mode="json")
                self._check_quota(session, row, len(json.dumps(content)))
                row.content, row.started_at = content, counts.started_at
                row.updated_at = self._clock()
        return Visit(id=visit_id, **vars(counts))

    def delete(self, worker_id: int, visit_id: UUID) -> None:
        """Delete a visit, also one that is still to come; a second time changes nothing.

        Raises RequestError ``visit_of_another``, or of one that was never here also ``visits_too_many``.
        """
        moment = self._moment(is_new=False)
        with self._writing() as session:
            row = self._own(session, worker_id, visit_id, moment)
            if not row.content and row.deleted_at is None:
                self._check_quota(session, row, 0)
            note_erased(session.connection(), Erased.VISIT, [str(visit_id)], moment)
            row.content, row.updated_at, row.deleted_at = {}, moment, row.deleted_at or moment

    def changes(self, worker_id: int, since: datetime | None, *, limit: int) -> VisitChanges:
        """The worker's visits that changed at ``since`` or later, all without it, deleted ones among them."""
        now = self._clock()
        asking = select(VisitRow).where(VisitRow.worker_id == worker_id).order_by(VisitRow.updated_at).limit(limit + 1)
        if since is not None:
            asking = asking.where(VisitRow.updated_at >= since)
        rows = self._all(asking)
        more = len(rows) > limit
        # A clock was ahead: what came since may be older than the phone believes.
        is_ahead = since is not None and since > now and not rows
        until = rows[limit].updated_at if more else _BEGINNING if is_ahead else now - OVERLAP
        return VisitChanges(visits=tuple(map(_visit, rows[:limit])), until=until, more=more)

    def page(
        self, worker_id: int | None, first: datetime | None, before: tuple[datetime, int] | None, *, limit: int
    ) -> list[Listed]:
        """Visits, latest first: of one worker or all, of the week from ``first`` or all, earlier than ``before``."""
        wanted: list[ColumnElement[bool]] = [VisitRow.deleted_at.is_(None)]
        if worker_id is not None:
            wanted.append(VisitRow.worker_id == worker_id)
        if first is not None:
            wanted.append(and_(VisitRow.started_at >= first, VisitRow.started_at < first + timedelta(weeks=1)))
        if before is not None:
            # The first half lets the index begin there.
            wanted.append(VisitRow.started_at <= before[0])
            wanted.append(or_(VisitRow.started_at < before[0], VisitRow.id < before[1]))
        asking = (
            select(VisitRow, AccessToken.name).join(AccessToken, AccessToken.id == VisitRow.worker_id).where(*wanted)
        )
        asking = asking.order_by(VisitRow.started_at.desc(), VisitRow.id.desc()).limit(limit)
        return [Listed(row.id, name, _visit(row)) for row, name in self._rows(asking)]

    def forget(self, *, older_than: timedelta) -> int:
        """Delete the visits that last came longer ago, and return how many. A phone's own clock may be years behind."""
        # The service's may have been ahead: what came then is of today, else it would stay for as much longer.
        ahead = VisitRow.updated_at > self._clock() + TOLERANCE
        self._run(update(VisitRow).where(ahead).values(updated_at=self._clock()))
        return self._run(delete(VisitRow).where(VisitRow.updated_at < self._clock() - older_than))

    def _check_quota(self, session: Session, row: VisitRow, content_bytes: int) -> None:
        """Raise RequestError ``visits_too_many`` if the worker changed too much today beside this one."""
        used = select(func.count(), func.sum(func.length(cast(VisitRow.content, Text)))).where(
            VisitRow.worker_id == row.worker_id,
            VisitRow.updated_at > self._clock() - _QUOTA_LASTS,
            VisitRow.id != row.id,
        )
        visits, used_bytes = session.execute(used).one()
        if visits >= QUOTA_VISITS or (used_bytes or 0) + content_bytes > QUOTA_BYTES:
            message = f"a worker sends at most {QUOTA_VISITS} visits and {QUOTA_BYTES >> 20} MB a day; send it tomorrow"
            raise RequestError(RequestCode.VISITS_TOO_MANY, message)

    def _first_seen(self, session: Session, worker_id: int, visit_id: UUID, latest: datetime) -> datetime:
        """When a change of a phone whose clock is ahead first came: it would win over all that comes after.

        That is kept like other keys of what may be sent again, or each repetition would be a newer change.
        """
        key = sha256_hex(f"visit:{worker_id}:{visit_id}:{latest.isoformat()}".encode())
        row = {"key_hash": key, "request_hash": "", "created_at": self._clock()}
        session.execute(insert(self.engine, IdempotencyKey).values(row).on_conflict_do_nothing())
        return session.scalars(select(IdempotencyKey.created_at).where(IdempotencyKey.key_hash == key)).one()

    def _own(self, session: Session, worker_id: int, visit_id: UUID, started_at: datetime) -> VisitRow:
        """The worker's row, held until the end of the transaction; an empty one if there was none."""
        row = {"public_id": str(visit_id), "worker_id": worker_id, "started_at": started_at, "content": {}}
        making = insert(self.engine, VisitRow).values(row | {"updated_at": self._clock()})
        session.execute(making.on_conflict_do_nothing(index_elements=[VisitRow.public_id]))
        own = session.scalars(select(VisitRow).where(VisitRow.public_id == str(visit_id)).with_for_update()).one()
        if own.worker_id != worker_id:
            raise RequestError(RequestCode.VISIT_OF_ANOTHER, "this is the visit of another worker")
        return own


def _visit(row: VisitRow) -> Visit:
    """A deleted visit keeps only its times."""
    content = row.content or {"started_at": row.started_at, "changed_at": row.deleted_at}
    return Visit.model_validate({**content, "id": UUID(row.public_id), "deleted": row.deleted_at is not None})
