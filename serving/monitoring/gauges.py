"""What the database tells as metrics, computed at requests for metrics, but not at each."""

import threading
import time
from collections.abc import Callable, Collection
from math import nan

from sqlalchemy import Engine

from serving.monitoring.answer_shares import read_shares
from serving.monitoring.daily_job import DailyJobs
from serving.persistence.engine import StorageError
from serving.persistence.outbox import EventState, Outbox
from serving.telemetry.metrics import DAILY_JOB_AGE, SHARE, WEBHOOK_EVENTS, WEBHOOK_OFF, WEBHOOK_OVERDUE

# Prometheus asks every few seconds, and cases come in over days.
_EVERY_S = 600.0
# Of all that answered: the one that does, after a swap the one before, and those of districts.
_VERSIONS = 20
# Of fewer a share says little.
_MIN_CASES = 100


class Gauges:
    """Keeps these metrics up to date in each process, and the latest counts; safe to share between threads."""

    def __init__(
        self, engine: Engine, *, running: Callable[[], Collection[str]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Prepare; ``running`` gives the versions of models that answer."""
        self._engine, self._running = engine, running
        self._clock = clock
        self._lock = threading.Lock()
        self._due_at = clock()
        self._shown: set[tuple[str, str]] = set()

    def refresh(self) -> None:
        """Compute anew if it is time. While the database is away the numbers stay as they were."""
        with self._lock:
            if self._clock() < self._due_at:
                return
            self._due_at = self._clock() + _EVERY_S
        try:
            for job, age in DailyJobs(self._engine).ages().items():
                DAILY_JOB_AGE.labels(job).set(age.total_seconds())
            outbox = Outbox(self._engine)
            events = outbox.count()
            WEBHOOK_OVERDUE.set(outbox.count_overdue())
            WEBHOOK_OFF.set(outbox.count_off())
            models = read_shares(self._engine, versions=_VERSIONS)
        except StorageError:
            return
        for state in (EventState.WAITING, EventState.DEAD):
            WEBHOOK_EVENTS.labels(state).set(sum(number for (_, at), number in events.items() if at is state))
        running = self._running()
        told: dict[tuple[str, str], float | None] = dict.fromkeys(self._shown)
        for model in models:
            if model.model_version in running:
                for rate, share in model.shares.items():
                    told[model.model_version, rate] = share.value if share.whole >= _MIN_CASES else None
        for labels, value in told.items():
            SHARE.labels(*labels).set(nan if value is None else value)
        self._shown = {*told}
