"""``majani-admin review ...``: what an operator does with reviews."""

from pathlib import Path

import click
from flask.cli import AppGroup

from majani.errors import MajaniError
from serving.cases.photo_store import PhotoStore
from serving.cli.context import read_settings, refuse_empty_database
from serving.persistence.engine import StorageError, disposing
from serving.persistence.migration import open_database
from serving.persistence.reviews import Reviews
from serving.review.export import write_export

group = AppGroup("review", help="Reviews of kept cases.")


@group.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def export(target: Path) -> None:
    """Write all reviewed cases but those for tests, with their photos, to the tar file TARGET, for training."""
    settings = read_settings()
    refuse_empty_database(settings)
    try:
        with disposing(open_database(settings.database_url)) as engine:
            reviewed = Reviews(engine).reviewed_cases()
        reviewed = [case for case in reviewed if not case.is_for_tests(settings.test_cases_from)]
        done = write_export(reviewed, PhotoStore(settings.photos_url), target)
    except MajaniError as error:
        raise click.ClickException(f"{error.code}: {error}") from error
    except StorageError as error:
        raise click.ClickException(f"Nothing was written: {error}.") from error
    except OSError as error:
        raise click.ClickException(f"{target} cannot be written: {error.strerror}.") from error
    for name, code in done.unreadable:
        click.echo(f"{name}: {code}", err=True)
    click.echo(f"In {target}: cases {done.cases}, photos {done.photos}, reviews {done.reviews}.")
    if done.unreadable:
        click.echo(f"Photos that could not be read: {len(done.unreadable)}.", err=True)
