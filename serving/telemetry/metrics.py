"""The numbers at ``/metrics``, added up over all processes of one machine.

Every label has a small, fixed set of values. Nothing here may be imported before ``PROMETHEUS_MULTIPROC_DIR`` is set
(:mod:`serving.telemetry.multiprocess`), or a process counts for itself alone.
"""

import os
from enum import StrEnum
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from majani.decision.diagnosis import Diagnosis
from serving.telemetry.multiprocess import DIRECTORY_VARIABLE

# Label of all requests without a route, so that clients cannot make up labels.
UNKNOWN_ROUTE = "unknown"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# They span a cached document, 2 ms, to a case of five photos on a busy machine. The alerts' objective is 3 s.
_REQUEST_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 3, 5, 10)
_TURN_BUCKETS_S = (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
# What is named has 0.6 or more.
_CONFIDENCE_BUCKETS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99, 1)

REGISTRY = CollectorRegistry()
_counter, _histogram = partial(Counter, registry=REGISTRY), partial(Histogram, registry=REGISTRY)
# Of all processes, either those that live together, or what was set last by any.
_sum = partial(Gauge, multiprocess_mode="livesum", registry=REGISTRY)
_latest = partial(Gauge, multiprocess_mode="mostrecent", registry=REGISTRY)
# The same, but of processes that live: with the last one that runs a model, its numbers end.
_latest_alive = partial(Gauge, multiprocess_mode="livemostrecent", registry=REGISTRY)

REQUEST_SECONDS = _histogram(
    "majani_request_seconds",
    "From the head of a request to the first byte of its answer.",
    ("route", "method", "status"),
    buckets=_REQUEST_BUCKETS_S,
)
ERRORS = _counter("majani_errors", "Problems answered, by code.", ("code",))
UNFINISHED = _counter("majani_unfinished_requests", "Requests that never became whole and got no answer.", ("reason",))
DIAGNOSES = _counter(
    "majani_diagnoses",
    "Answered cases; the grade is empty where no crop was seen.",
    ("outcome", "grade", "model_version", "origin"),
)
CONFIDENCE = _histogram(
    "majani_condition_probability",
    "Probability of the condition, in cases where one is named; healthy is one.",
    ("model_version",),
    buckets=_CONFIDENCE_BUCKETS,
)
PHOTOS_SENT_BACK = _counter(
    "majani_photos_sent_back", "Photos that did not count, by what was wrong with them.", ("reason",)
)
WAITING = _sum("majani_waiting_cases", "Cases that wait for their turn.")
RUNNING = _sum("majani_running_cases", "Cases that are being answered.")
TURN_SECONDS = _histogram("majani_turn_wait_seconds", "How long cases waited for their turn.", buckets=_TURN_BUCKETS_S)
REPORTS = _counter("majani_reports", "Cases that workers have reported, so that their photos are hidden.")
STORAGE_FAILURES = _counter("majani_storage_failures", "Times that storage could not be used.", ("storage",))
STORAGE_UP = _latest(
    "majani_storage_up",
    "1 if database, photos, clock and disk can be used, and the disk has more than its reserve, else 0; asked at each "
    "request for metrics.",
    ("storage",),
)
SHARE = _latest_alive(
    "majani_answer_share",
    "Share of a model's latest 500 cases, from 100 on, with which experts or senders agree, or that were answered with "
    "a name.",
    ("model_version", "of"),
)
DAILY_JOB_AGE = _latest(
    "majani_daily_job_age_seconds",
    "Time since forget, count, check (all was whole) and backup last succeeded, and since the clock was plausible; "
    "read every ten minutes.",
    ("name",),
)
WEBHOOK_EVENTS = _latest(
    "majani_webhook_events",
    "Events that wait for a receiver, or are dead: given up. Read every ten minutes.",
    ("state",),
)
WEBHOOK_OVERDUE = _latest(
    "majani_webhook_overdue_receivers", "Receivers with an event that nobody has sent for an hour after it was due."
)
WEBHOOK_OFF = _latest("majani_webhook_receivers_off", "Receivers that answered 410 and get nothing more.")
BUILD = Gauge(
    "majani_build_info",
    "1 for what is running; two models while one replaces the other.",
    ("model_version", "api_version"),
    multiprocess_mode="livemax",
    registry=REGISTRY,
)


class Storage(StrEnum):
    """What can fail beside the service."""

    DATABASE = "database"
    PHOTOS = "photos"
    CLOCK = "clock"
    DISK = "disk"


# Prometheus sees a counter grow only where it stood at zero before, and the first of these is a reason for an alert.
ERRORS.labels("internal_error")
for _storage in Storage:
    STORAGE_FAILURES.labels(_storage)


def observe_request(*, route: str | None, method: str, status: int, duration_s: float) -> None:
    """Count an answered request by its route's pattern, if any; clients may make up methods."""
    labels = (route or UNKNOWN_ROUTE, method if method in _METHODS else "other", f"{status // 100}xx")
    REQUEST_SECONDS.labels(*labels).observe(duration_s)


def observe_diagnosis(diagnosis: Diagnosis, *, origin: str) -> None:
    """Count an answered case and the photos in it that did not count."""
    DIAGNOSES.labels(diagnosis.outcome, diagnosis.grade or "", diagnosis.model_version, origin).inc()
    if diagnosis.condition is not None:
        CONFIDENCE.labels(diagnosis.model_version).observe(diagnosis.condition.probability)
    for photo in diagnosis.photos:
        for reason in photo.retake if photo.error is None else (photo.error,):
            PHOTOS_SENT_BACK.labels(reason).inc()


def render() -> bytes:
    """All metrics in Prometheus' text format."""
    if DIRECTORY_VARIABLE not in os.environ:
        return generate_latest(REGISTRY)
    all_processes = CollectorRegistry()
    MultiProcessCollector(all_processes)  # type: ignore[no-untyped-call]
    return generate_latest(all_processes)
