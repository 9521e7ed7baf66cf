"""What an operator types."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import Engine, insert

from serving.access.role import Role
from serving.access.sessions import Sessions
from serving.access.tokens import AccessTokens
from serving.app import create_command_app
from serving.cli.store import count
from serving.events.message import make_secret
from serving.monitoring.daily_job import DailyJob, DailyJobs
from serving.persistence import sqlite_file
from serving.persistence.engine import connect, disposing
from serving.persistence.models import Base, WeeklyCount
from serving.persistence.outbox import EventKind, Outbox
from serving.persistence.senders import ClaimStatus, Deliveries, Recipients
from serving.settings import Settings
from serving.surveillance.alerts import list_alerts
from serving.surveillance.weekly_counts import WEEK
from serving.visits.repository import Visits
from serving.visits.visit import NewVisit
from tests.serving.clock import Clock
from tests.serving.persistence.examined import keep

YEAR = timedelta(days=365)
DELETED = (
    "Deleted: 2 deliveries, 0 events, 1 recipients, 1 sessions, 1 visits, 2 cases, 0 photos that belonged to no case.\n"
)


@pytest.fixture
def engine(settings: Settings, runner: FlaskCliRunner) -> Iterator[Engine]:  # noqa: ARG001
    with disposing(connect(settings.database_url)) as engine:
        yield engine


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of photos, below the present one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "photos"


def ago(**time: float) -> Clock:
    return Clock(datetime.now(UTC) - timedelta(**time))


def test_what_is_deleted_is_not_in_the_journal_after_the_night(
    runner: FlaskCliRunner, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "_BUSY_TIMEOUT_MS", 100)
    token = AccessTokens(engine).create("worker", Role.EXTENSION, timedelta(days=9))
    worker, number, moment = AccessTokens(engine).find(token).worker_id, uuid4(), datetime.now(UTC)
    Visits(engine).put(worker, number, NewVisit(started_at=moment, changed_at=moment, farmer="Wanjiru"))
    Visits(engine).delete(worker, number)
    # Of a backup, for instance.
    with closing(sqlite3.connect(tmp_path / "majani.sqlite3", isolation_level=None)) as reading:
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM visits").fetchone()
        night = runner.invoke(args=["store", "forget"])
        assert (night.exit_code, "MAJANI_DATABASE_URL" in night.output) == (1, False)
    assert runner.invoke(args=["store", "forget"]).exit_code == 0
    assert [file.name for file in tmp_path.glob("majani.sqlite3*") if b"Wanjiru" in file.read_bytes()] == []


def long_ago(engine: Engine) -> None:
    """Nothing was deleted for two years, though the clock was looked at."""
    DailyJobs(engine).succeed(DailyJob.FORGET, ago(days=730)())
    DailyJobs(engine).succeed(DailyJob.CLOCK, datetime.now(UTC))


def test_forget_deletes_what_is_older_than_the_setting(runner: FlaskCliRunner, engine: Engine, photos: Path) -> None:
    for days in (9, 11, 12):
        Deliveries(engine, clock=ago(days=days)).claim(channel="telegram", message_hash=str(days))
    for days in (1094, 1096):
        recipients = Recipients(engine, clock=ago(days=days))
        recipients.remember(channel="telegram", address_hash=str(days), opted_out=True)
    token = AccessTokens(engine).create("desk", Role.EXTENSION, timedelta(days=9))
    for hours in (11, 13):
        Sessions(engine, clock=ago(hours=hours)).start(token)
    for days in (365, 367):
        moment = ago(days=days)
        sent = NewVisit(started_at=moment(), changed_at=moment())
        Visits(engine, clock=moment).put(AccessTokens(engine).find(token).worker_id, uuid4(), sent)
    for days, photo in ((91, None), (91, b"photo"), (89, None), (1096, b"photo")):
        keep(engine, "photos", photo, clock=ago(days=days))
    long_ago(engine)
    done = runner.invoke(args=["store", "forget"])
    assert (done.exit_code, done.output) == (0, DELETED)
    assert len(list(photos.rglob("*.jpg"))) == 1
    assert DailyJobs(engine).ages()[DailyJob.FORGET] < YEAR
    assert [Recipients(engine).wishes(str(days)).opted_out for days in (1094, 1096)] == [True, False]
    assert Deliveries(engine).claim(channel="telegram", message_hash="11") is ClaimStatus.GRANTED


def test_boundaries_that_cannot_be_read_keep_nothing_from_being_deleted(
    settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    long_ago(engine)
    other = settings.model_copy(update={"boundaries": tmp_path / "absent.geojson"})
    done = create_command_app(other).test_cli_runner().invoke(args=["store", "forget"])
    assert (done.exit_code, "absent.geojson" in done.stderr, done.stdout[:8]) == (1, True, "Deleted:")
    assert DailyJobs(engine).ages()[DailyJob.FORGET] < YEAR


def test_forget_says_what_it_could_not_delete(runner: FlaskCliRunner, engine: Engine, photos: Path) -> None:
    keep(engine, "photos", b"photo", clock=ago(days=1096))
    long_ago(engine)
    (photo,) = photos.rglob("*.jpg")
    photo.unlink()
    photo.mkdir()
    (photos / "2026-01-01" / "stray-0.jpg").mkdir(parents=True)
    done = runner.invoke(args=["store", "forget"])
    assert (done.exit_code, done.stdout.count("0 cases")) == (1, 1)
    assert [what.rpartition(": ")[2] for what in done.stderr.split(";")] == ["1", "1\n"]
    photos.rename("elsewhere")
    photos.write_bytes(b"no folder")
    DailyJobs(engine).succeed(DailyJob.COUNT, ago(days=730)())
    done = runner.invoke(args=["store", "forget"])
    assert (done.exit_code, "NotADirectoryError" in done.stderr) == (1, True)
    # Days are counted all the same.
    ages = DailyJobs(engine).ages()
    assert ages[DailyJob.COUNT] < YEAR < ages[DailyJob.FORGET]


@pytest.mark.parametrize(("days", "found"), [(2, 0), (12, 1), (400, 1)])
def test_weeks_that_were_missed_are_searched_as_far_as_they_are_counted(
    days: int, found: int, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are outbreaks in the week before the last one, and in one whose cases are gone."""
    wednesday = datetime(2026, 5, 20, tzinfo=UTC)
    monkeypatch.setattr("serving.cli.store.now", Clock(wednesday))
    DailyJobs(engine).succeed(DailyJob.COUNT, wednesday - timedelta(days=days))
    Outbox(engine).add_receiver("https://some", make_secret(), list(EventKind), may_be_private=False)
    rows = [(ago, "bean.rust", 20 if ago in (1, 20) else 2) for ago in range(1, 32)]
    counted = [
        {"week": date(2026, 5, 11) - ago * WEEK, "place": "", "label": label, "cases": cases, "reviewed": 0}
        for ago, label, cases in (*rows, *((ago, "bean.healthy", 60) for ago in range(32)))
    ]
    with engine.begin() as connection:
        connection.execute(insert(Base.metadata.tables[WeeklyCount.__tablename__]), counted)
    count(engine, Settings())
    assert DailyJobs(engine).counted_until() == wednesday.date(), "the day on which the count began"
    alerts = list_alerts(engine, date(2025, 1, 6), date(2026, 5, 11), min_cases=5)
    assert [alert.last_day for alert in alerts] == [date(2026, 5, 10)] * found
    assert sum(Outbox(engine).count().values()) == found


def test_forget_takes_no_photo_because_it_was_led_to_another_database(engine: Engine, photos: Path) -> None:
    keep(engine, "photos", b"photo", clock=ago(days=10))
    mistyped = create_command_app(Settings(database_url="sqlite:///majni.sqlite3")).test_cli_runner()
    done = mistyped.invoke(args=["store", "forget"])
    assert done.exit_code == 1
    assert done.stderr == "Error: nothing is kept in this database; is MAJANI_DATABASE_URL right?\n"
    assert len(list(photos.rglob("*.jpg"))) == 1
