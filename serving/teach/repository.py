"""What districts are taught with beside reviewed cases, and refits: what was made of it, and who put that to use.

A refit that waits is claimed by one process for a while; if that process dies, another takes the refit up.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from serving.persistence.engine import insert, take_turn
from serving.persistence.erasures import Erased, note_erased
from serving.persistence.models import RefitRow, TaughtPhoto
from serving.persistence.repository import Repository

# Label of a photo that its labeller cannot tell: nothing is learned from it.
UNSURE = "unsure"
# What visits begin with that have a key.
KEYED = "-"
# A process that works renews its claim every second.
CLAIM_LASTS = timedelta(seconds=30)
_MOST_ATTEMPTS = 4
# One refit at a time takes memory.
_TURN = 4711


class RefitState(StrEnum):
    """Where a refit stands: asked for, being computed, computed, without a result, in use, or taken back."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    USED = "used"
    UNDONE = "undone"


class TaughtPhotos(Repository):
    """Photos that belong to no case. Who deletes one deletes its file first, as for cases."""

    def add(self, district: str, by: int, **columns: str | None) -> None:
        """Keep a photo, with its id, name, label and visit, unless it is known."""
        new = insert(self.engine, TaughtPhoto).values(**columns, district=district, given_by=by)
        self._run(new.values(given_at=self._moment()).on_conflict_do_nothing())

    def of(self, district: str) -> Sequence[TaughtPhoto]:
        """All of a district, oldest first."""
        asking = select(TaughtPhoto).where(TaughtPhoto.district == district).order_by(TaughtPhoto.id)
        return self._all(asking)

    def label(self, district: str, label: str, *, by: int, public_id: str | None = None, name: str = "") -> int:
        """Say what one photo shows, or all of a folder of which nobody has said it; returns how many."""
        which = (
            TaughtPhoto.public_id == public_id
            if public_id
            else and_(TaughtPhoto.name == name, TaughtPhoto.label.is_(None))
        )
        changing = update(TaughtPhoto).where(TaughtPhoto.district == district, which)
        return self._run(changing.values(label=label, given_by=by))

    def remove(self, public_ids: Sequence[str]) -> int:
        """Delete rows for good."""
        with self._connection() as connection:
            note_erased(connection, Erased.TAUGHT, public_ids, self._clock())
            return connection.execute(delete(TaughtPhoto).where(TaughtPhoto.public_id.in_(public_ids))).rowcount

    def older_than(self, age: timedelta) -> Sequence[TaughtPhoto]:
        """Photos past their age."""
        return self._all(select(TaughtPhoto).where(TaughtPhoto.given_at < self._clock() - age))

    def unkeyed_visits(self) -> Sequence[str]:
        """Visits of releases before 0.4, which can be found by trying all days and phones."""
        asking = select(TaughtPhoto.visit).where(TaughtPhoto.visit != "", TaughtPhoto.visit.not_like(f"{KEYED}%"))
        return self._all(asking.distinct())

    def rename_visits(self, names: Mapping[str, str]) -> None:
        """Call visits by other names."""
        with self._writing() as session:
            for visit, name in names.items():
                session.execute(update(TaughtPhoto).where(TaughtPhoto.visit == visit).values(visit=name))

    def districts(self) -> Sequence[str]:
        """Those that have photos or refits."""
        found = (self._all(select(one.district).distinct()) for one in (TaughtPhoto, RefitRow))
        return sorted({district for some in found for district in some})


class Refits(Repository):
    """The table of refits."""

    def ask(self, district: str, by: int) -> bool:
        """Let a district be taught anew; False if that is asked for already."""
        open_states, moment = (RefitState.WAITING, RefitState.RUNNING), self._moment()
        with self._writing() as session:
            take_turn(session.connection(), _TURN)
            asking = select(exists().where(RefitRow.district == district, RefitRow.state.in_(open_states)))
            if session.scalar(asking):
                return False
            new = {"state": RefitState.WAITING, "step": "", "summary": {}, "attempts": 0}
            due_at = moment + CLAIM_LASTS
            session.add(RefitRow(district=district, asked_by=by, asked_at=moment, due_at=due_at, **new))
            return True

    def latest(self, district: str) -> RefitRow | None:
        """The last one of a district."""
        asking = select(RefitRow).where(RefitRow.district == district).order_by(RefitRow.id.desc()).limit(1)
        return self._first(asking)

    def history(self, district: str) -> Sequence[RefitRow]:
        """Those that were put to use, newest first, with who did it and who took it back."""
        asking = select(RefitRow).where(
            RefitRow.district == district, RefitRow.state.in_((RefitState.USED, RefitState.UNDONE))
        )
        return self._all(asking.order_by(RefitRow.id.desc()))

    def ahead(self, refit_id: int) -> int:
        """How many have to end before it."""
        open_states = (RefitState.WAITING, RefitState.RUNNING)
        return self._first(select(func.count()).where(RefitRow.id < refit_id, RefitRow.state.in_(open_states))) or 0

    def claim(self) -> RefitRow | None:
        """A refit to work on, if nobody works on one."""
        moment, running = self._clock(), RefitRow.state == RefitState.RUNNING
        lapsed = and_(running, RefitRow.due_at < moment)
        with self._writing() as session:
            take_turn(session.connection(), _TURN)
            waiting = or_(RefitRow.state == RefitState.WAITING, lapsed)
            row = session.scalar(select(RefitRow).where(waiting, ~_busy(moment)).order_by(RefitRow.id).limit(1))
            if row is not None:
                row.state, row.attempts, row.due_at = RefitState.RUNNING, row.attempts + 1, moment + CLAIM_LASTS
                row.step = ""
            return row

    def revive(self, refit_id: int) -> bool:
        """Whether a process has to be started for a refit that nobody works on; after some, it has failed."""
        open_states, moment = (RefitState.WAITING, RefitState.RUNNING), self._clock()
        # One that waits for another one's end is not to blame.
        left = _of(refit_id).where(RefitRow.state.in_(open_states), RefitRow.due_at < moment, ~_busy(moment))
        failed = {"state": RefitState.FAILED, "summary": {"failure": "killed"}}
        self._run(left.where(RefitRow.attempts >= _MOST_ATTEMPTS).values(failed))
        again = {"state": RefitState.WAITING, "due_at": moment + CLAIM_LASTS, "attempts": RefitRow.attempts + 1}
        return self._run(left.values(again)) == 1

    def renew(self, refit: RefitRow, step: str) -> None:
        """Say that it is still being worked on, and what is done now."""
        self._run(_claimed(refit).values(due_at=self._clock() + CLAIM_LASTS, step=step))

    def end(self, refit: RefitRow, state: RefitState, summary: Mapping[str, Any]) -> None:
        """Keep what came out, unless the claim has lapsed and another process has it."""
        self._run(_claimed(refit).values(state=state, summary=summary, step=""))

    def agree(self, refit: RefitRow, by: int, put_to_use: Callable[[], None]) -> None:
        """Keep that this worker wants it used, and with the second one's word put it to use.

        If that fails, or the process is killed, it still waits for a second person. Nothing happens where somebody has
        said something since ``refit`` was read.
        """
        done = _of(refit.id).where(RefitRow.state == RefitState.DONE)
        if refit.first_by is None:
            self._run(done.where(RefitRow.first_by.is_(None)).values(first_by=by, first_at=self._moment()))
            return
        second = {"state": RefitState.USED, "used_by": by, "used_at": self._moment()}
        with self._connection() as connection:
            # Who says it at the same time waits here, and then finds it in use.
            saying = done.where(RefitRow.first_by == refit.first_by, RefitRow.first_by != by).values(second)
            if connection.execute(saying).rowcount:
                put_to_use()

    def undo(self, refit_id: int, by: int) -> bool:
        """Keep who takes back what is in use; False if somebody has."""
        undone = {"state": RefitState.UNDONE, "undone_by": by, "undone_at": self._moment(is_new=False)}
        return bool(self._run(_of(refit_id).where(RefitRow.state == RefitState.USED).values(undone)))


def _busy(moment: datetime) -> Any:
    """Whether a process works on a refit."""
    other = aliased(RefitRow)
    return exists().where(other.state == RefitState.RUNNING, other.due_at >= moment)


def _of(refit_id: int) -> Any:
    return update(RefitRow).where(RefitRow.id == refit_id)


def _claimed(refit: RefitRow) -> Any:
    """The refit, as long as it is of the claim that ``refit`` came from."""
    return _of(refit.id).where(RefitRow.state == RefitState.RUNNING, RefitRow.attempts == refit.attempts)
