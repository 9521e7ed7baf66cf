"""When the operator's daily job last succeeded, and a warning in the log when it is late.

What farmers were told about deleting depends on that job.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from flask import Flask, Response
from sqlalchemy import select

from serving.persistence.engine import StorageError, insert
from serving.persistence.models import Job
from serving.persistence.repository import Repository

# One night without power is no reason.
LATE_AFTER = timedelta(hours=48)
_EVERY_S = 24 * 60 * 60.0
_FORGET = "forget"

logger = logging.getLogger(__name__)


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


class DailyJobWatch:
    """Looks at the first call and then once a day; safe to share between threads."""

    def __init__(self, job: DailyJob, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._job = job
        self._clock = clock
        self._lock = threading.Lock()
        self._due_at = clock()

    def look(self) -> None:
        """Log a warning if the job is late and a look is due. While the database is away there is none."""
        with self._lock:
            if self._clock() < self._due_at:
                return
            self._due_at = self._clock() + _EVERY_S
        try:
            age = self._job.age()
        except StorageError:
            return
        if age > LATE_AFTER:
            hours = age // timedelta(hours=1)
            logger.warning("the daily job `store forget` has not succeeded for %d hours", hours)


def register(app: Flask, job: DailyJob) -> None:
    """Look after the first request to ``app`` and once a day, when its answer has been sent."""
    watch = DailyJobWatch(job)

    @app.after_request
    def look(response: Response) -> Response:
        response.call_on_close(watch.look)
        return response
