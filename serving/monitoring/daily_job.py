"""When the operator's daily jobs last succeeded, and a warning in the log when nothing has been deleted for long."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask import Flask, Response
from sqlalchemy import select

from serving.persistence.engine import StorageError, upsert
from serving.persistence.known_time import CLOCK_JOB
from serving.persistence.models import Job
from serving.persistence.repository import Repository

# One night without power is no reason.
LATE_AFTER = timedelta(hours=48)
_EVERY_S = 24 * 60 * 60.0

logger = logging.getLogger(__name__)


class DailyJob(StrEnum):
    """``store forget`` does the first three; ``store check`` succeeds if all is whole; ``store backup`` copies."""

    CLOCK = CLOCK_JOB
    FORGET = "forget"
    COUNT = "count"
    CHECK = "check"
    BACKUP = "backup"


class DailyJobs(Repository):
    """The rows of the daily jobs."""

    def succeed(self, job: DailyJob, at: datetime | None = None) -> None:
        """Record that a job has done all that it had to, by default now."""
        self._run(upsert(self.engine, Job, {"name": job.value}, {"succeeded_at": at or self._clock()}))

    def ages(self) -> Mapping[DailyJob, timedelta]:
        """Time since the last success of each job that had one; of deleting, at most since the database was set up."""
        return {job: self._clock() - moment for job, moment in self._moments().items()}

    def counted_until(self) -> date:
        """The day of the last count, of which only days before are counted; before the first, that of the set-up."""
        moments = self._moments()
        return moments.get(DailyJob.COUNT, moments[DailyJob.FORGET]).date()

    def _moments(self) -> Mapping[DailyJob, datetime]:
        asking = select(Job.name, Job.succeeded_at).where(Job.name.in_(DailyJob))
        return {DailyJob(name): moment for name, moment in self._rows(asking)}


class DailyJobWatch:
    """Looks at the first call, and then daily, whether the job that deletes is late; safe to share between threads."""

    def __init__(self, jobs: DailyJobs, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._jobs = jobs
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
            age = self._jobs.ages()[DailyJob.FORGET]
        except StorageError:
            return
        if age > LATE_AFTER:
            hours = age // timedelta(hours=1)
            logger.warning("the daily job `store forget` has not succeeded for %d hours", hours)


def register(app: Flask, jobs: DailyJobs) -> None:
    """Look after the first request to ``app`` and once a day, when its answer has been sent."""
    watch = DailyJobWatch(jobs)

    @app.after_request
    def look(response: Response) -> Response:
        response.call_on_close(watch.look)
        return response
