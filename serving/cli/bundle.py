"""``majani-admin bundle ...``: whether the service could answer from a bundle."""

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
from majani.model.signature import make_key, sign_bundle
from serving.cli.context import be_modest, read_settings
from serving.districts import BoundariesError
from serving.settings import Settings


def bundle_group(create_app: Callable[[Settings], Flask]) -> AppGroup:
    """The commands. No other command needs ``create_app``, which builds the service."""
    group = AppGroup("bundle", help="Look at a bundle before it is answered from; make keys and sign bundles.")

    @group.command()
    @click.argument("folder", required=False, type=click.Path(path_type=Path))
    def check(folder: Path | None) -> None:
        """Load the bundle in FOLDER with the texts of the settings and diagnose a test picture.

        Without FOLDER it is the bundle that the settings name. A server that answers does not notice.
        """
        settings = read_settings()
        be_modest()
        try:
            app = create_app(settings if folder is None else settings.model_copy(update={"bundle": folder}))
        except (MajaniError, BoundariesError, ValidationError) as error:
            raise click.ClickException(str(error)) from error
        answer = app.test_client().get("/readyz")
        if answer.status_code != HTTPStatus.OK:
            raise click.ClickException(f"/readyz answers with {answer.status_code}")
        click.echo(f"model {json.loads(answer.data)['model_version']} can be used")

    @group.command("make-key")
    @click.argument("file", type=click.Path(path_type=Path))
    def make_private_key(file: Path) -> None:
        """Write a new private key into FILE and print the public one, for MAJANI_BUNDLE_KEY."""
        private_key, public_key = make_key()
        try:
            with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as written:
                written.write(private_key + "\n")
        except OSError as error:
            raise click.ClickException(f"{file}: {error.strerror}") from error
        click.echo(public_key)

    @group.command()
    @click.argument("folder", type=click.Path(path_type=Path))
    @click.argument("key_file", type=click.Path(path_type=Path))
    def sign(folder: Path, key_file: Path) -> None:
        """Sign the bundle in FOLDER with the private key in KEY_FILE."""
        try:
            sign_bundle(folder, key_file.read_text(encoding="ascii").strip())
        except (OSError, ValueError) as error:
            raise click.ClickException(f"{folder} cannot be signed: {error}") from error

    return group
