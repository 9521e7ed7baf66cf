"""Which case a reviewer gets next: what is most worth a look, and not what somebody else is looking at right now.

Nobody locks a case. Whoever opens one leaves their mark on it for a while, and others are led elsewhere as long as
there is something else; both may still review it, and then both reviews count.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Select, case, func, or_, select, true, update
from sqlalchemy.orm import Session, selectinload

from serving.clock import now
from serving.persistence.case_record import KeptCase
from serving.persistence.case_rows import kept
from serving.persistence.engine import reading
from serving.persistence.failure import database_failures
from serving.persistence.models import Case, Review

# Longer than a careful look; whoever went to lunch keeps nobody waiting.
OPEN_FOR = timedelta(minutes=10)
# More reviewers than this at the same time would be led to the same cases.
_WINDOW = 50


class Queue:
    """Cases that wait for reviews; safe to share between threads. Every method may raise ``StorageError``."""

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] = now) -> None:
        self._engine = engine
        self._clock = clock

    def top(self, reviewer: int, *, limit: int) -> Sequence[KeptCase]:
        """What is most worth a look of a reviewer, who sees no case twice.

        Args:
            reviewer: Number of the access token.
            limit: How many at most.
        """
        asking = _open(select(Case), reviewer).options(selectinload(Case.photos), selectinload(Case.feedback))
        asking = asking.order_by(Case.worth.desc(), Case.id).limit(limit)
        with database_failures(), Session(reading(self._engine)) as session:
            return [kept(row) for row in session.scalars(asking)]

    def count(self, reviewer: int) -> int:
        """How many cases wait for this reviewer."""
        with database_failures(), Session(reading(self._engine)) as session:
            return session.scalar(_open(select(func.count()).select_from(Case), reviewer)) or 0

    def open_next(self, reviewer: int) -> str | None:
        """Choose the case that a reviewer looks at next, and mark it.

        First what nobody has before them, then what this reviewer has put aside, then what others have.

        Returns:
            Its public id; None if no case waits for this reviewer.
        """
        moment = self._clock()
        is_free = or_(Case.opened_at.is_(None), Case.opened_at <= moment - OPEN_FOR)
        order = (Case.worth.desc(), Case.id)
        free = _open(select(Case.id), reviewer).where(is_free).order_by(*order).limit(_WINDOW)
        # Of those put aside, the one that was longest.
        rest = _open(select(Case.id), reviewer).order_by(Case.opened_by != reviewer, Case.opened_at).limit(1)
        # Somebody else may have opened one since it was found; the last resort is shown all the same.
        for asking, condition in ((free, is_free), (rest, true())):
            for case_id in self._find(asking):
                marking = update(Case).where(Case.id == case_id, condition)
                marking = marking.values(opened_by=reviewer, opened_at=moment).returning(Case.public_id)
                if (public_id := self._mark(marking)) is not None:
                    return public_id
        return None

    def _find(self, asking: Select[Any]) -> Sequence[int]:
        # Searching takes longer than marking, and whoever writes may keep others waiting.
        with database_failures(), Session(reading(self._engine)) as session:
            return session.scalars(asking).all()

    def _mark(self, marking: Any) -> str | None:
        with database_failures(), Session(self._engine) as session, session.begin():
            public_id: str | None = session.scalar(marking.execution_options(synchronize_session=False))
            return public_id


def _open(asking: Select[Any], reviewer: int) -> Select[Any]:
    """Only cases with photos that want another review, and not one of this reviewer's own."""
    # Counted once for all cases: asked for each case anew, it takes PostgreSQL several times as long.
    own = func.max(case((Review.reviewer_id == reviewer, 1), else_=0))
    given = select(Review.case_id, func.count().label("reviews"), own.label("own")).group_by(Review.case_id).subquery()
    wants_more = func.coalesce(given.c.reviews, 0) < Case.reviews_wanted
    is_new = func.coalesce(given.c.own, 0) == 0
    return asking.outerjoin(given, given.c.case_id == Case.id).where(Case.keeps_photos, is_new, wants_more)
