"""What the operator's commands work with: settings and the database, but neither bundle nor texts.

A lost phone's access token has to be revoked also while one of these is broken.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask, current_app
from pydantic import ValidationError
from sqlalchemy import Engine

from serving.settings import Settings, what_is_wrong

_KEY = "majani_settings"


def register(app: Flask, settings: Settings | None) -> None:
    """Have the commands of ``app`` work with ``settings``, or else with those of the environment."""
    app.extensions[_KEY] = settings


def read_settings() -> Settings:
    """The settings of the command that runs.

    Raises:
        click.ClickException: If one cannot be understood.
    """
    given: Settings | None = current_app.extensions[_KEY]
    try:
        return given or Settings.from_environment()
    except ValidationError as error:
        raise click.ClickException(what_is_wrong(error)) from error


@contextmanager
def disposing(engine: Engine) -> Iterator[Engine]:
    """Close all connections of ``engine`` at the end."""
    try:
        yield engine
    finally:
        engine.dispose()
