"""Stores visits. A worker reads, changes and deletes their own; an agronomist reads those of all."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from serving.http.errors import RequestCode, RequestError
from serving.persistence.engine import insert
from serving.persistence.erasures import Erased, note_erased
from serving.persistence.known_time import TOLERANCE
from serving.persistence.models import AccessToken, VisitRow
from serving.persistence.repository import Repository
from serving.visits.visit import NewVisit, Visit

# A change that began a little earlier may become visible a little later.
OVERLAP = timedelta(minutes=1)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Changes:
    """Visits that changed, the earliest change first; the next question is what has changed since ``until``."""

    visits: tuple[Visit, ...]
    until: datetime
    more: bool


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
            RequestError: ``time_implausible``, ``visit_full``, ``visit_of_another`` or ``visit_deleted``.
        """
        moment = self._moment()
        sent.check_times(moment)
        sent = sent.no_later_than(moment)
        with self._writing() as session:
            row = self._own(session, worker_id, visit_id, sent.started_at)
            if row.deleted_at is not None:
                raise RequestError(RequestCode.VISIT_DELETED, "this visit was deleted")
            kept = NewVisit.model_validate(row.content) if row.content else None
            counts = sent.after(kept)
            row.content, row.started_at = counts.model_dump(mode="json"), counts.started_at
            row.updated_at = self._clock()
        return Visit(id=visit_id, **vars(counts))

    def delete(self, worker_id: int, visit_id: UUID) -> None:
        """Delete a visit, also one that is still to come; a second time changes nothing. ``visit_of_another``."""
        moment = self._moment()
        with self._writing() as session:
            row = self._own(session, worker_id, visit_id, moment)
            note_erased(session.connection(), Erased.VISIT, [str(visit_id)], moment)
            row.content, row.updated_at, row.deleted_at = {}, moment, row.deleted_at or moment

    def changes(self, worker_id: int, since: datetime | None, *, limit: int) -> Changes:
        """The worker's visits that changed at ``since`` or later, all without it, deleted ones among them."""
        now = self._clock()
        asking = select(VisitRow).where(VisitRow.worker_id == worker_id).order_by(VisitRow.updated_at).limit(limit + 1)
        if since is not None:
            asking = asking.where(VisitRow.updated_at >= since)
        with self._reading() as session:
            rows = session.scalars(asking).all()
        more = len(rows) > limit
        # A clock was ahead: what came since may be older than the phone believes.
        is_ahead = since is not None and since > now and not rows
        until = rows[limit].updated_at if more else _BEGINNING if is_ahead else now - OVERLAP
        return Changes(tuple(_visit(row) for row in rows[:limit]), until, more)

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
        with self._reading() as session:
            return [Listed(row.id, name, _visit(row)) for row, name in session.execute(asking)]

    def forget(self, *, older_than: timedelta) -> int:
        """Delete the visits that last came longer ago, and return how many. A phone's own clock may be years behind."""
        # The service's may have been ahead: what came then is of today, else it would stay for as much longer.
        ahead = VisitRow.updated_at > self._clock() + TOLERANCE
        self._run(update(VisitRow).where(ahead).values(updated_at=self._clock()))
        return self._run(delete(VisitRow).where(VisitRow.updated_at < self._clock() - older_than))

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
