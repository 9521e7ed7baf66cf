"""``majani-admin store ...``: what an operator does to the database and to kept photos."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from serving.access.sessions import Sessions
from serving.access.tokens import MAX_DAYS
from serving.cases.backup import DATABASE_FILE, Copied, read_notes, restore_backup, write_backup
from serving.cases.check import find_flaws
from serving.cases.database_copy import is_unused
from serving.cases.photo_store import PhotoStore
from serving.cases.repository import CaseRepository
from serving.cli.context import opened_database, read_settings, refuse_empty_database
from serving.clock import now
from serving.districts import BoundariesError, read_boundaries
from serving.events.unusual import announce_unusual
from serving.monitoring.daily_job import DailyJob, DailyJobs
from serving.overview.counting import count_nights
from serving.overview.filters import monday
from serving.persistence.cases import Cases
from serving.persistence.engine import StorageError, connect, database_failures, disposing, truncate_wal
from serving.persistence.erasures import Erased, Erasures
from serving.persistence.known_time import doubt
from serving.persistence.migration import is_current, open_database, upgrade
from serving.persistence.outbox import Outbox
from serving.persistence.senders import Deliveries, Recipients
from serving.review.photos import hide_visits, remove_photos
from serving.settings import Settings
from serving.surveillance.alerts import find_alerts
from serving.surveillance.weekly_counts import WEEK, first_whole_week, keep_weeks
from serving.teach.repository import TaughtPhotos
from serving.visits.repository import Visits

# A night takes a few old cases. Of few cases, those of one week are a large share.
_MAY_GO_SHARE, _MAY_GO = 0.2, 20

group = AppGroup("store", help="Look after the database and kept photos.")


@group.command("upgrade")
def upgrade_tables() -> None:
    """Create or change the tables as this version of the service expects them."""
    try:
        with database_failures(), disposing(connect(read_settings().database_url, is_patient=True)) as engine:
            upgrade(engine)
    except StorageError as error:
        raise click.ClickException(f"Nothing was changed: {error}.") from error
    click.echo("The database is up to date.")


@group.command()
@click.option("--yes", is_flag=True, help="Also if the clock looks wrong or much is to be deleted.")
def forget(yes: bool) -> None:
    """Delete what is older than the settings allow, and photos that belong to no case, and count. Run it every day."""
    settings = read_settings()
    # All photos would seem to belong to no case if this were an empty database.
    with opened_database(is_patient=True) as engine:
        moment = now()
        if not yes and (why := doubt(engine, moment) or _too_many(engine, settings)):
            raise click.ClickException(f"nothing was deleted: {why}. If that is right: store forget --yes")
        DailyJobs(engine).succeed(DailyJob.CLOCK, moment)
        # Counting comes last, so that nothing in it keeps a case from being deleted; it needs no photos.
        stuck = [*_try_to_delete(engine, settings), *_try_to_count(engine, settings)]
        try:
            truncate_wal(engine)
        except StorageError as error:
            stuck.append(f"{error}: run this again")
    if stuck:
        raise click.ClickException("; ".join(stuck))


def _too_many(engine: Engine, settings: Settings) -> str | None:
    going, kept = Cases(engine).count_old(settings.case_ages)
    if going <= max(_MAY_GO, _MAY_GO_SHARE * kept):
        return None
    return f"{going} of {kept} cases would go; are the clock and the days of retention right?"


def _try_to_delete(engine: Engine, settings: Settings) -> Iterator[str]:
    """What could not be deleted; nothing if all that is old enough was."""
    ages = settings.case_ages
    deliveries = Deliveries(engine).forget(older_than=timedelta(days=settings.delivery_retention_days))
    events = Outbox(engine).forget(older_than=timedelta(days=settings.delivery_retention_days))
    # A farmer comes back season after season, so a language or STOP is kept as long as anything is.
    recipients = Recipients(engine).forget(older_than=ages[True])
    sessions = Sessions(engine).forget()
    visits = Visits(engine).forget(older_than=(visit_age := timedelta(days=settings.visit_retention_days)))
    with_photos = dict.fromkeys((Erased.PHOTOS, Erased.TAUGHT), ages[True])
    others = {Erased.CASE: ages[False], Erased.VISIT: visit_age, Erased.TOKEN: timedelta(days=MAX_DAYS)}
    try:
        store = PhotoStore(settings.photos_url)
        store.delete(read_notes(store, engine))
        Erasures(engine).forget(with_photos | others)
        taught = TaughtPhotos(engine)
        forgotten = CaseRepository(Cases(engine), store).forget(ages)
        remove_photos(taught.older_than(ages[True]), of=taught, store=store)
        hide_visits(taught, store)
    except StorageError as error:
        yield f"Not everything could be deleted: {error}."
        return
    click.echo(
        f"Deleted: {deliveries} deliveries, {events} events, {recipients} recipients, {sessions} sessions, "
        f"{visits} visits, {forgotten.cases} cases, {forgotten.stray_photos} photos that belonged to no case."
    )
    if forgotten.stuck_cases:
        yield f"cases that stay, because their photos cannot be deleted: {forgotten.stuck_cases}"
    if forgotten.stuck_photos:
        yield f"photos that belong to no case and cannot be deleted: {forgotten.stuck_photos}"
    if not (forgotten.stuck_cases or forgotten.stuck_photos):
        DailyJobs(engine).succeed(DailyJob.FORGET)


def _try_to_count(engine: Engine, settings: Settings) -> Iterator[str]:
    try:
        count(engine, settings)
    except (StorageError, BoundariesError) as error:
        yield f"not counted: {error}"


def count(engine: Engine, settings: Settings) -> None:
    """Count the cases of the days before today for the overview; find and announce what is unusual in whole weeks."""
    moment, min_cases, jobs = now(), settings.overview_min_cases, DailyJobs(engine)
    today = moment.date()
    count_nights(engine, today)
    boundaries = read_boundaries(settings.boundaries, settings.boundaries_name)
    days = min(settings.diagnosis_retention_days, settings.photo_retention_days)
    keep_weeks(engine, boundaries, today=today, retention_days=days, min_cases=min_cases)
    last_week = monday(today) - WEEK
    # The nights before may have failed. The last week is searched every night, because late reviews count.
    week = min(last_week, max(first_whole_week(today, days), monday(jobs.counted_until())))
    while week <= last_week:
        find_alerts(engine, week, min_cases=min_cases)
        announce_unusual(engine, week, moment, source=settings.event_source, min_cases=min_cases)
        week += WEEK
    # Midnight may have come since, and of that day nothing is counted.
    jobs.succeed(DailyJob.COUNT, moment)


@group.command()
def check() -> None:
    """Count what is missing, stray or damaged among rows and photos, and end with 1 if anything is. Mends nothing."""
    with opened_database(is_patient=True) as engine:
        flaws = find_flaws(engine, CaseRepository(Cases(engine), PhotoStore(read_settings().photos_url)))
        if not any(flaws.values()):
            DailyJobs(engine).succeed(DailyJob.CHECK)
    click.echo("\n".join(f"{flaw}: {count}" for flaw, count in flaws.items()))
    if any(flaws.values()):
        raise SystemExit(1)


@group.command("backup")
@click.argument("folder", type=click.Path(path_type=Path))
def back_up(folder: Path) -> None:
    """Copy the database and the photos to FOLDER, which is made new, while the service runs."""
    if folder.suffix == ".sqlite3":
        raise click.ClickException(f"a backup is a folder, with photos: store backup {folder.with_suffix('')}")
    if folder.exists():
        raise click.ClickException(f"{folder} exists; a backup overwrites nothing")
    settings = read_settings()
    # In a wrong folder, or without the settings, the backup would be empty without a warning.
    refuse_empty_database(settings)
    with _failures(), disposing(open_database(settings.database_url, is_patient=True)) as engine:
        if not is_current(engine):
            raise click.ClickException("the database lacks migrations; run: store upgrade")
        done = write_backup(engine, PhotoStore(settings.photos_url), folder)
        DailyJobs(engine).succeed(DailyJob.BACKUP)
    _report(f"The backup is in {folder}", done)


@group.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--replace", is_flag=True, help="Delete all that the database holds now.")
def restore(folder: Path, replace: bool) -> None:
    """Bring back the backup in FOLDER; the service must not run meanwhile."""
    if not (folder / DATABASE_FILE).is_file():
        raise click.ClickException(f"there is no {DATABASE_FILE} in {folder}")
    settings = read_settings()
    with _failures(), disposing(connect(settings.database_url, is_patient=True)) as engine:
        upgrade(engine)
        if not (replace or is_unused(engine)):
            raise click.ClickException("the database is in use; to delete all that it holds now, add: --replace")
        done = restore_backup(folder, engine, PhotoStore(settings.photos_url))
    _report("The backup is restored", done)


def _report(what: str, done: Copied) -> None:
    click.echo(f"{what}: {done.photos} photos.")
    if done.missing_photos:
        click.echo(f"Photos that cases name and that could not be read: {done.missing_photos}.", err=True)


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except (StorageError, SQLAlchemyError) as error:
        raise click.ClickException(f"Nothing was done: {error}.") from error
    except OSError as error:
        raise click.ClickException(f"the backup cannot be written: {error.strerror}") from error
