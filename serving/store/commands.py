"""``flask --app serving.app store ...``: what an operator does to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import Engine

from serving.settings import Settings
from serving.store.database import connect
from serving.store.deliveries import Deliveries
from serving.store.migration import upgrade


def register(app: Flask, settings: Settings) -> None:
    """Add the commands to ``app``."""
    group = AppGroup("store", help="Look after the database.")

    @group.command("upgrade")
    def upgrade_tables() -> None:
        """Create or change the tables as this version of the service expects them."""
        with _database(settings) as engine:
            upgrade(engine)
        click.echo("The database is up to date.")

    @group.command()
    def forget() -> None:
        """Delete deliveries that are older than MAJANI_DELIVERY_RETENTION_DAYS."""
        older_than = timedelta(days=settings.delivery_retention_days)
        with _database(settings) as engine:
            deleted = Deliveries(engine).forget(older_than=older_than)
        click.echo(f"{deleted} deliveries older than {older_than.days} days were deleted.")

    app.cli.add_command(group)


@contextmanager
def _database(settings: Settings) -> Iterator[Engine]:
    engine = connect(settings.database_url, is_patient=True)
    try:
        yield engine
    finally:
        engine.dispose()
