"""A daily job that does not run is noticed: in the log, and as a metric."""

import logging
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from serving.monitoring.daily_job import DailyJob, DailyJobs, DailyJobWatch, register
from serving.monitoring.gauges import Gauges
from serving.persistence.engine import StorageError
from serving.telemetry.metrics import REGISTRY
from tests.serving.clock import Clock

DAY_S = 24 * 60 * 60.0


def succeed(engine: Engine, *, hours_ago: int) -> None:
    DailyJobs(engine, clock=lambda: datetime.now(UTC) - timedelta(hours=hours_ago)).succeed(DailyJob.FORGET)


def test_age_counts_from_the_set_up_and_then_from_the_last_success(engine: Engine) -> None:
    [(job, age)] = DailyJobs(engine).ages().items()
    assert (job, age < timedelta(days=1)) == (DailyJob.FORGET, True)
    clock = Clock(datetime(2026, 5, 3, tzinfo=UTC))
    jobs = DailyJobs(engine, clock=clock)
    jobs.succeed(DailyJob.FORGET)
    clock.moment += timedelta(hours=50)
    jobs.succeed(DailyJob.BACKUP)
    assert jobs.ages() == {DailyJob.FORGET: timedelta(hours=50), DailyJob.BACKUP: timedelta(0)}
    # The day of the count, however close midnight was.
    jobs.succeed(DailyJob.COUNT, datetime(2026, 5, 3, 23, 59, 59, 999_999, tzinfo=UTC))
    assert jobs.counted_until() == date(2026, 5, 3)


@pytest.mark.parametrize(("hours", "lines"), [(47, 0), (49, 1)])
def test_late_job_is_in_the_log_at_once_and_once_a_day(
    hours: int, lines: int, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    succeed(engine, hours_ago=hours)
    seconds = [0.0]
    watch = DailyJobWatch(DailyJobs(engine), clock=lambda: seconds[0])
    for moment, seen in ((0, 1), (DAY_S - 1, 1), (DAY_S, 2)):
        seconds[0] = moment
        watch.look()
        assert [record.levelno for record in caplog.records] == [logging.WARNING] * lines * seen


def test_look_comes_after_the_answer_and_never_breaks_it(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    app = Flask(__name__)
    app.add_url_rule("/", "index", lambda: "leaf")
    register(app, DailyJobs(engine))
    succeed(engine, hours_ago=49)
    answer = app.test_client().get("/")
    assert (answer.text, caplog.records) == ("leaf", [])
    answer.close()
    assert len(caplog.records) == 1
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE jobs"))
    with pytest.raises(StorageError):
        DailyJobs(engine).ages()
    DailyJobWatch(DailyJobs(engine)).look()


def test_age_is_a_metric(engine: Engine) -> None:
    succeed(engine, hours_ago=30)
    Gauges(engine, running=set).refresh()
    age_s = REGISTRY.get_sample_value("majani_daily_job_age_seconds", {"name": "forget"})
    assert age_s == pytest.approx(30 * 60 * 60, abs=60)
