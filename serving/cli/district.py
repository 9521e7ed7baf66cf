"""``majani-admin district ...``: which bundle answers in a district; a running service notices at the next case."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from pydantic import ValidationError

from majani.errors import MajaniError
from serving.cli.context import read_settings
from serving.container import services
from serving.districts import BoundariesError
from serving.settings import Settings
from serving.teach.districts import Districts


def district_group(create_app: Callable[[Settings], Flask]) -> AppGroup:
    """The commands."""
    group = AppGroup("district", help="Districts' own bundles, on the network of the running one.")

    @contextmanager
    def opened() -> Iterator[Districts]:
        try:
            with create_app(read_settings()).app_context():
                yield services().districts
        except (MajaniError, BoundariesError, ValidationError, OSError) as error:
            raise click.ClickException(str(error)) from error

    @group.command("list")
    def list_all() -> None:
        """List the districts that their own bundle answers."""
        with opened() as districts:
            answering = ((key, one) for key, one in districts.in_use().items() if districts.find(key) is not None)
            for district, used in answering:
                click.echo(f"{district}\t{used.id}\t{used.name}")

    @group.command()
    @click.argument("district")
    @click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
    def use(district: str, folder: Path) -> None:
        """Copy the bundle in FOLDER and answer DISTRICT with it from now on."""
        with opened() as districts:
            click.echo(f"{districts.use(district, folder)} answers")

    @group.command()
    @click.argument("district")
    def back(district: str) -> None:
        """Answer DISTRICT with the bundle before, and in the end with the running one."""
        with opened() as districts:
            if districts.known(district) is None:
                raise click.ClickException(f"{district} has no bundle here; district list shows which have")
            click.echo(f"{districts.go_back(district) or 'the running bundle'} answers")

    return group
