"""What the operator's commands work with: settings and the database, but neither bundle nor texts.

An operator can revoke a lost phone's access token while bundle or texts are broken. ``flask --app serving.app run``
would serve the commands' app too, which has no pages; its answer says where the service is.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import click
from flask import Flask, Response, current_app
from pydantic import ValidationError
from sqlalchemy import Engine

from serving.persistence.engine import StorageError, connect, database_failures, disposing
from serving.persistence.migration import is_empty, open_database
from serving.settings import Settings, variable, what_is_wrong

_KEY = "majani_settings"
_NICENESS = 10
_NO_SERVICE = (
    "Here are the operator's commands and no pages. The service is started by `make serve`, "
    "or to develop it by `flask --app serving.app:create_app run`.\n"
)


def register(app: Flask, settings: Settings | None) -> None:
    """Have the commands of ``app`` work with ``settings``, or else with those of the environment."""
    app.extensions[_KEY] = settings

    @app.errorhandler(HTTPStatus.NOT_FOUND)
    def say_where_the_service_is(_: Exception) -> Response:
        return Response(_NO_SERVICE, HTTPStatus.NOT_FOUND, mimetype="text/plain")


def read_settings() -> Settings:
    """The settings of the command that runs; a ClickException if one cannot be understood."""
    settings: Settings | None = current_app.extensions[_KEY]
    try:
        return settings or Settings.from_environment()
    except ValidationError as error:
        raise click.ClickException(what_is_wrong(error)) from error


def be_modest() -> None:
    """Let farmers' cases come first on a machine that answers."""
    os.nice(_NICENESS)


def refuse_empty_database(settings: Settings) -> None:
    """A ClickException if the database has no tables: a mistyped address, or missing settings, is no service's."""
    try:
        with disposing(connect(settings.database_url)) as engine, database_failures():
            has_nothing = is_empty(engine)
    except StorageError as error:
        raise click.ClickException(f"Nothing was done: {error}.") from error
    if has_nothing:
        raise click.ClickException(f"nothing is kept in this database; is {variable('database_url')} right?")


@contextmanager
def opened_database(*, may_be_new: bool = False, is_patient: bool = False) -> Iterator[Engine]:
    """The database of the settings; a ClickException if it cannot be used, or is empty and may not be new."""
    settings = read_settings()
    if not may_be_new:
        refuse_empty_database(settings)
    try:
        with disposing(open_database(settings.database_url, is_patient=is_patient)) as engine:
            yield engine
    except StorageError as error:
        raise click.ClickException(
            f"Not all was done: {error}. Of photos: is {variable('photos_url')} right, and the disk mounted? Else: is "
            f"{variable('database_url')} right, does the database run, has it all tables (store upgrade)?"
        ) from error
