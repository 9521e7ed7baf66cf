"""Events for other systems: who hears of what, and what waits to be sent to them.

An event is written in the transaction of what it is about, one row for each receiver, so either both are there or
neither is. Whoever sends it claims its row for a while; if that process dies, the claim lapses and another sends the
event again, under the same id.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, func, literal, select, update
from sqlalchemy.orm import Session, aliased

from serving.persistence.case_record import case_pseudonym
from serving.persistence.engine import insert
from serving.persistence.erasures import id_hash
from serving.persistence.models import Case, OutboxEvent, Receiver
from serving.persistence.repository import Repository

# Several times what sending one event may take (``serving.events.sending``), plus a busy machine.
CLAIM_LASTS = timedelta(seconds=60)
# Nobody sends what is due for so long.
OVERDUE_AFTER = timedelta(hours=1)


class EventKind(StrEnum):
    """What other systems can hear of. Who was told of a case is told that it is gone, without asking for that."""

    CASE_KEPT = "case.kept"
    CASE_REVIEWED = "case.reviewed"
    CASE_DELETED = "case.deleted"
    UNUSUAL = "unusual"


WANTED = tuple(kind for kind in EventKind if kind is not EventKind.CASE_DELETED)


class EventState(StrEnum):
    """Whether an event is still to be sent, has arrived, or was given up."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


_COLUMNS = OutboxEvent.__table__.c


def announce(
    connection: Connection,
    kind: EventKind,
    data: Mapping[str, Any],
    *,
    moment: datetime,
    case_id: int | None = None,
    event_id: str | None = None,
) -> None:
    """Write an event for each receiver that wants its kind and has none of this ``event_id``; it goes with the case."""
    event = _event(event_id or secrets.token_urlsafe(16), kind, data, moment) | {"case_id": case_id}
    values = (literal(value, _COLUMNS[name].type) for name, value in event.items())
    wanting = select(Receiver.id, *values).where(Receiver.is_on, Receiver.kinds.contains(kind.value))
    writing = insert(connection.engine, OutboxEvent)
    connection.execute(writing.from_select(["receiver_id", *event], wanting).on_conflict_do_nothing())


def announce_deletion(connection: Connection, cases: Mapping[int, str], moment: datetime) -> None:
    """Write an event for each receiver that may have been told of one of these cases, by number and public id.

    It belongs to the transaction that deletes them, which other transactions about them have to wait for.
    """
    # All of them are held, or one could be sent from now on that seemed not to be.
    of_them = select(OutboxEvent).where(OutboxEvent.case_id.in_(list(cases))).with_for_update()
    with Session(connection) as session:
        told = {
            (row.receiver_id, row.case_id)
            for row in session.scalars(of_them)
            # What was given up and is sent again begins at 0.
            if row.case_id is not None and (row.attempts or row.failure)
        }
    events = []
    for receiver_id, case_id in sorted(told):
        # The same after a restored backup, so that receivers recognise it.
        event_id = id_hash(cases[case_id])
        data = {"case": case_pseudonym(cases[case_id]), "deleted_on": moment.date().isoformat()}
        event = _event(event_id, EventKind.CASE_DELETED, data, moment)
        # What is on its way about the case arrives first.
        events.append(event | {"receiver_id": receiver_id, "due_at": moment + CLAIM_LASTS})
    if events:
        connection.execute(insert(connection.engine, OutboxEvent).on_conflict_do_nothing(), events)


def _event(event_id: str, kind: EventKind, data: Mapping[str, Any], moment: datetime) -> dict[str, Any]:
    told: dict[str, Any] = {"event_id": event_id, "kind": kind.value, "data": data, "created_at": moment}
    return told | {"state": EventState.WAITING.value, "attempts": 0, "due_at": moment}


# No more than the exports have: no photo, nobody's name, no place without consent, and the day, but no time.
_OUTWARD = ("crop_hint", "outcome", "condition", "probability", "model_version", "latitude", "longitude")


def case_data(case: Case) -> dict[str, Any]:
    """What other systems hear of a case."""
    about = {"case": case_pseudonym(case.public_id), "sent_on": case.created_at.date().isoformat()}
    return about | {name: getattr(case, name) for name in _OUTWARD}


class Outbox(Repository):
    """The tables of receivers and of their events."""

    def add_receiver(self, url: str, secret: str, kinds: Sequence[EventKind], *, may_be_private: bool) -> int:
        """Add a receiver, and return its number."""
        row = Receiver(url=url, secret=secret, kinds=" ".join(kinds), may_be_private=may_be_private, is_on=True)
        with self._writing() as session:
            session.add(row)
            session.flush()
            return row.id

    def receivers(self) -> Sequence[Receiver]:
        """All receivers, in the order in which they were added."""
        return self._all(select(Receiver).order_by(Receiver.id))

    def switch(self, receiver_id: int, *, is_on: bool) -> None:
        """Let a receiver hear of events, or not; what waits for it goes on waiting."""
        self._run(update(Receiver).where(Receiver.id == receiver_id).values(is_on=is_on))

    def remove_receiver(self, receiver_id: int) -> bool:
        """Delete a receiver with all its events; False if there is none."""
        return self._run(delete(Receiver).where(Receiver.id == receiver_id)) == 1

    def receivers_due(self) -> Sequence[Receiver]:
        """Receivers for which something can be sent now."""
        due = select(Receiver).where(Receiver.is_on, _is_due(self._clock()))
        return self._all(due)

    def claim(self, receiver_id: int) -> OutboxEvent | None:
        """Take the next event that is due; None if there is none that no other process has."""
        moment = self._clock()
        first = (
            select(OutboxEvent)
            .where(OutboxEvent.receiver_id == receiver_id, _can_be_sent(moment))
            .order_by(OutboxEvent.id)
            .limit(1)
            # SQLite, which has one writer at a time, leaves this out.
            .with_for_update(skip_locked=True)
        )
        with self._writing() as session:
            if (event := session.scalar(first)) is not None:
                event.attempts, event.due_at = event.attempts + 1, moment + CLAIM_LASTS
            return event

    def note(
        self, event: OutboxEvent, state: EventState, *, failure: str | None = None, pause: timedelta = timedelta()
    ) -> None:
        """Record what came of sending an event, unless its claim has lapsed and another process has it."""
        is_own = and_(OutboxEvent.id == event.id, OutboxEvent.attempts == event.attempts)
        noting = update(OutboxEvent).where(is_own, OutboxEvent.state == EventState.WAITING)
        self._run(noting.values(state=state.value, failure=failure, due_at=self._clock() + pause))

    def dead(self) -> Sequence[Row[int, str, datetime, str | None, str]]:
        """Receiver, kind, moment, failure and id of the events that were given up, oldest first."""
        event = OutboxEvent
        shown = select(event.receiver_id, event.kind, event.created_at, event.failure, event.event_id)
        return self._rows(shown.where(event.state == EventState.DEAD).order_by(event.id))

    def resend(self, receiver_id: int | None = None) -> int:
        """Have the events that were given up sent again, of one receiver or of all, and return how many.

        What a later event about the same case has replaced is done: it would be the last that is heard.
        """
        later = aliased(OutboxEvent)
        is_replaced = exists().where(
            later.receiver_id == OutboxEvent.receiver_id,
            later.case_id == OutboxEvent.case_id,
            later.kind == OutboxEvent.kind,
            later.state == EventState.DELIVERED,
            later.id > OutboxEvent.id,
        )
        dead = update(OutboxEvent).where(OutboxEvent.state == EventState.DEAD)
        if receiver_id is not None:
            dead = dead.where(OutboxEvent.receiver_id == receiver_id)
        self._run(dead.where(is_replaced).values(state=EventState.DELIVERED.value))
        return self._run(dead.values(state=EventState.WAITING.value, attempts=0, due_at=self._clock()))

    def count(self) -> Mapping[tuple[int, EventState], int]:
        """How many events there are, by receiver and state."""
        kinds = (OutboxEvent.receiver_id, OutboxEvent.state)
        rows = self._rows(select(*kinds, func.count()).group_by(*kinds))
        return {(receiver_id, EventState(state)): events for receiver_id, state, events in rows}

    def count_overdue(self) -> int:
        """How many receivers have waited for an event longer than any process that sends would let them."""
        overdue = _is_due(self._clock() - OVERDUE_AFTER)
        return self._first(select(func.count()).select_from(Receiver).where(Receiver.is_on, overdue)) or 0

    def count_off(self) -> int:
        """How many receivers have said that they want nothing more."""
        return self._first(select(func.count()).where(~Receiver.is_on)) or 0

    def forget(self, *, older_than: timedelta) -> int:
        """Delete old events and return how many; those that say who was told of a case go with the case."""
        is_old, is_of_case = OutboxEvent.created_at < self._clock() - older_than, OutboxEvent.case_id.is_not(None)
        # It may have been heard all the same, and nobody is to be warned of it, or to send it, for years.
        self._run(
            update(OutboxEvent)
            .where(is_old, is_of_case, OutboxEvent.failure.is_not(None))
            .values(state=EventState.DELIVERED.value)
        )
        is_told = and_(OutboxEvent.state == EventState.DELIVERED, is_of_case)
        return self._run(delete(OutboxEvent).where(is_old, ~is_told))


def _can_be_sent(moment: datetime) -> ColumnElement[bool]:
    """It is due, and nothing earlier about the same case waits for the same receiver."""
    earlier = aliased(OutboxEvent)
    is_held_up = exists().where(
        earlier.receiver_id == OutboxEvent.receiver_id,
        earlier.case_id == OutboxEvent.case_id,
        earlier.state == EventState.WAITING,
        earlier.id < OutboxEvent.id,
    )
    return and_(OutboxEvent.state == EventState.WAITING, OutboxEvent.due_at <= moment, ~is_held_up)


def _is_due(moment: datetime) -> ColumnElement[bool]:
    return exists().where(OutboxEvent.receiver_id == Receiver.id, _can_be_sent(moment))
