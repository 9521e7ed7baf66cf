"""When the operator's daily job last succeeded, so that a job that does not run is noticed."""

from datetime import timedelta

from sqlalchemy import select

from serving.persistence.engine import insert
from serving.persistence.models import Job
from serving.persistence.repository import Repository

_FORGET = "forget"


class DailyJob(Repository):
    """The daily job's row."""

    def succeed(self) -> None:
        """Record that it has deleted all that it had to."""
        moment = {"succeeded_at": self._clock()}
        recording = (
            insert(self.engine, Job)
            .values({"name": _FORGET, **moment})
            .on_conflict_do_update(index_elements=[Job.name], set_=moment)
        )
        self._run(recording)

    def age(self) -> timedelta:
        """Time since its last success; before the first, since the database was set up for it."""
        asking = select(Job.succeeded_at).where(Job.name == _FORGET)
        with self._reading() as session:
            return self._clock() - session.scalars(asking).one()
