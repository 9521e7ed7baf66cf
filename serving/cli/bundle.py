"""``flask --app serving.app bundle ...``: whether the service could answer from a bundle."""

import json
import os
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from pydantic import ValidationError

from majani.errors import MajaniError
from serving.cli.context import read_settings
from serving.settings import Settings

# Farmers' cases come first on a machine that answers.
_NICENESS = 10


def bundle_group(create_app: Callable[[Settings], Flask]) -> AppGroup:
    """The commands.

    Args:
        create_app: Builds the service, which no other command needs.
    """
    group = AppGroup("bundle", help="Look at a bundle before it is answered from.")

    @group.command()
    @click.argument("folder", required=False, type=click.Path(path_type=Path))
    def check(folder: Path | None) -> None:
        """Load the bundle in FOLDER with the texts of the settings and diagnose a test picture.

        Without FOLDER it is the bundle that the settings name. A server that answers does not notice.
        """
        settings = read_settings()
        os.nice(_NICENESS)
        try:
            app = create_app(settings if folder is None else settings.model_copy(update={"bundle": folder}))
        except (MajaniError, ValidationError) as error:
            raise click.ClickException(str(error)) from error
        answer = app.test_client().get("/readyz")
        if answer.status_code != HTTPStatus.OK:
            raise click.ClickException(f"/readyz answers with {answer.status_code}")
        click.echo(f"model {json.loads(answer.data)['model_version']} can be used")

    return group
