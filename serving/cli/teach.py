"""``majani-admin teach ...``: the process in which districts' bundles are refitted."""

import os

import click
from flask.cli import AppGroup

from serving.cli.context import opened_database, read_settings
from serving.review.refit import work

# Farmers' cases come first on a machine that answers.
_NICENESS = 10

group = AppGroup("teach", help="Teach districts what agronomists have labelled at the desk.")


@group.command("work")
def work_off() -> None:
    """Do the refits that wait. The desk starts this itself; a timer may too."""
    os.nice(_NICENESS)
    with opened_database() as engine:
        click.echo(f"Refits done: {work(engine, read_settings())}.")
