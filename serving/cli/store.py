"""``flask --app serving.app store ...``: what an operator does to the database and to kept photos."""

from datetime import timedelta
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import Engine

from serving.access.sessions import Sessions
from serving.cases.photo_store import PhotoStore
from serving.cases.repository import CaseRepository
from serving.cli.context import disposing, read_settings
from serving.persistence.cases import Cases
from serving.persistence.deliveries import Deliveries
from serving.persistence.engine import StorageError, connect, copy_sqlite, database_failures, is_sqlite
from serving.persistence.jobs import DailyJob
from serving.persistence.migration import is_empty, open_database, upgrade
from serving.persistence.recipients import Recipients
from serving.settings import variable

group = AppGroup("store", help="Look after the database and kept photos.")


@group.command("upgrade")
def upgrade_tables() -> None:
    """Create or change the tables as this version of the service expects them."""
    with disposing(connect(read_settings().database_url, is_patient=True)) as engine:
        upgrade(engine)
    click.echo("The database is up to date.")


@group.command()
def forget() -> None:
    """Delete what is older than the settings allow, and photos that belong to no case. Run it every day."""
    settings = read_settings()
    try:
        with disposing(connect(settings.database_url, is_patient=True)) as engine:
            # With another database, all photos would seem to belong to no case.
            _refuse_nothing(engine)
        with disposing(open_database(settings.database_url, is_patient=True)) as engine:
            photo_retention = timedelta(days=settings.photo_retention_days)
            deliveries = Deliveries(engine).forget(older_than=timedelta(days=settings.delivery_retention_days))
            # A farmer comes back season after season, so a language or STOP is kept as long as anything is.
            recipients = Recipients(engine).forget(older_than=photo_retention)
            sessions = Sessions(engine).forget()
            forgotten = CaseRepository(Cases(engine), PhotoStore(settings.photos_url)).forget(
                without_photos=timedelta(days=settings.diagnosis_retention_days),
                with_photos=photo_retention,
            )
            if not (forgotten.stuck_cases or forgotten.stuck_photos):
                DailyJob(engine).succeed()
    except StorageError as error:
        raise click.ClickException(f"Not everything could be deleted: {error}.") from error
    click.echo(
        f"Deleted: {deliveries} deliveries, {recipients} recipients, {sessions} sessions, {forgotten.cases} cases, "
        f"{forgotten.stray_photos} photos that belonged to no case."
    )
    stuck = []
    if forgotten.stuck_cases:
        stuck.append(f"cases that stay, because their photos cannot be deleted: {forgotten.stuck_cases}")
    if forgotten.stuck_photos:
        stuck.append(f"photos that belong to no case and cannot be deleted: {forgotten.stuck_photos}")
    if stuck:
        raise click.ClickException("; ".join(stuck))


@group.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Copy the SQLite database to FILE while the service runs. PostgreSQL has pg_dump for that."""
    if file.exists():
        raise click.ClickException(f"{file} exists; a backup overwrites nothing")
    with disposing(connect(read_settings().database_url, is_patient=True)) as engine:
        if not is_sqlite(engine):
            raise click.ClickException("this database is not SQLite; use the tools that come with it")
        # In another folder, or without the settings, it would copy an empty database without notice.
        _refuse_nothing(engine)
        copy_sqlite(engine, file)
    click.echo(f"The database was copied to {file}. Copy the photos now, not before.")


def _refuse_nothing(engine: Engine) -> None:
    """Stop if the database has no tables: it is not the service's."""
    try:
        with database_failures():
            has_nothing = is_empty(engine)
    except StorageError as error:
        raise click.ClickException(f"Nothing was done: {error}.") from error
    if has_nothing:
        raise click.ClickException(f"nothing is kept in this database; is {variable('database_url')} right?")
