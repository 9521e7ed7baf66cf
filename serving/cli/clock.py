"""``majani-admin clock ...``: what an operator says about the machine's clock."""

import click
from flask.cli import AppGroup

from serving.cli.context import opened_database, read_settings
from serving.clock import now
from serving.monitoring.daily_job import DailyJob, DailyJobs
from serving.persistence.cases import Cases

group = AppGroup("clock", help="Say that the machine's clock is right.")


@group.command()
@click.option("--date-anew", is_flag=True, help="Date cases today that a wrong clock has dated before their time.")
def accept(date_anew: bool) -> None:
    """Take the clock for right: cases are stored by it from now on, and the next night deletes old ones by it."""
    moment, ages = now(), read_settings().case_ages
    with opened_database() as engine:
        DailyJobs(engine).succeed(DailyJob.CLOCK, moment)
        dated = Cases(engine).date_anew(ages if date_anew else None)
        old, kept = Cases(engine).count_old(ages)
    click.echo(f"It is {moment:%F %H:%M} UTC. Of {kept} cases {old} are too old to be kept; dated today: {dated}.")
    if old:
        click.echo("If a wrong clock has dated them, add --date-anew before the next night.", err=True)
