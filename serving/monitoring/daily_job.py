"""A warning in the log when the daily job is late. What farmers were told about deleting depends on that job."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from flask import Flask, Response

from serving.persistence.engine import StorageError
from serving.persistence.jobs import DailyJob

# One night without power is no reason.
LATE_AFTER = timedelta(hours=48)
_EVERY_S = 24 * 60 * 60.0

logger = logging.getLogger(__name__)


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
