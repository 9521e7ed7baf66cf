"""The same comparison as metrics, computed at requests for metrics, but not at each."""

import threading
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from math import nan

from prometheus_client import Gauge
from sqlalchemy import Engine

from serving.monitoring.daily_job import DailyJobs
from serving.monitoring.population_stability import MIN_CASES
from serving.monitoring.report import report
from serving.monitoring.windows import read_samples
from serving.persistence.engine import StorageError
from serving.persistence.outbox import EventState, Outbox
from serving.telemetry.metrics import DAILY_JOB_AGE, DRIFT, SHARE, WEBHOOK_EVENTS, WEBHOOK_OFF, WEBHOOK_OVERDUE

# Prometheus asks every few seconds, and cases come in over days.
_EVERY_S = 600.0
# Of all that answered: the one that does, after a swap the one before, and those of districts.
_VERSIONS = 20


class Gauges:
    """Keeps the metrics of change up to date in each process, and the latest counts; safe to share between threads."""

    def __init__(
        self,
        engine: Engine,
        *,
        retention: timedelta,
        running: Callable[[], Collection[str]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; ``running`` gives the versions of models that answer.

        ``retention`` is that of :func:`serving.monitoring.windows.read_samples`.
        """
        self._engine, self._running = engine, running
        self._retention = retention
        self._clock = clock
        self._lock = threading.Lock()
        self._due_at = clock()
        self._shown: set[tuple[Gauge, str, str]] = set()

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
            all_samples = read_samples(self._engine, versions=_VERSIONS, retention=self._retention)
        except StorageError:
            return
        for state in (EventState.WAITING, EventState.DEAD):
            WEBHOOK_EVENTS.labels(state).set(sum(number for (_, at), number in events.items() if at is state))
        running = self._running()
        told: dict[tuple[Gauge, str, str], float | None] = dict.fromkeys(self._shown)
        for model_report in (report(samples) for samples in all_samples if samples.model_version in running):
            version = model_report.samples.model_version
            for measure, drift in model_report.drifts.items():
                told[DRIFT, version, measure] = (
                    None if drift.index is None else drift.index * (drift.index >= drift.by_chance)
                )
            for rate, shares in model_report.shares.items():
                told[SHARE, version, rate] = shares.now.value if shares.now.whole >= MIN_CASES else None
        for (gauge, *labels), value in told.items():
            gauge.labels(*labels).set(nan if value is None else value)
        self._shown = {*told}
