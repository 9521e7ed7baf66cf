"""When the operator's daily job last succeeded, so that a job that does not run is noticed."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from serving.clock import now
from serving.persistence.engine import database_failures, insert, reading
from serving.persistence.models import Job

_FORGET = "forget"


class DailyJob:
    """The daily job's row; safe to share between threads. Every method may raise ``StorageError``."""

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] = now) -> None:
        self._engine = engine
        self._clock = clock

    def succeed(self) -> None:
        """Record that it has deleted all that it had to."""
        moment = {"succeeded_at": self._clock()}
        recording = (
            insert(self._engine, Job)
            .values({"name": _FORGET, **moment})
            .on_conflict_do_update(index_elements=[Job.name], set_=moment)
        )
        with database_failures(), Session(self._engine) as session, session.begin():
            session.execute(recording)

    def age(self) -> timedelta:
        """Time since its last success; before the first, since the database was set up for it."""
        asking = select(Job.succeeded_at).where(Job.name == _FORGET)
        with database_failures(), Session(reading(self._engine)) as session:
            return self._clock() - session.scalars(asking).one()
