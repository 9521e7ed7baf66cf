"""``majani-admin teach ...``: the process in which districts' bundles are refitted."""

import click
from flask.cli import AppGroup

from serving.cli.context import be_modest, opened_database, read_settings
from serving.review.refit import work

group = AppGroup("teach", help="Teach districts what agronomists have labelled at the desk.")


@group.command("work")
def work_off() -> None:
    """Do the refits that wait. The desk starts this itself; a timer may too."""
    be_modest()
    with opened_database() as engine:
        click.echo(f"Refits done: {work(engine, read_settings())}.")
