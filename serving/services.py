"""What a view may use, built once per process and handed over by type instead of by string key."""

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from majani.diagnoser import Diagnoser
from serving.readiness import Readiness
from serving.settings import Settings

_KEY = "majani"


@dataclass(frozen=True)
class Services:
    """The parts that outlive a request; all are safe to share between threads."""

    settings: Settings
    diagnoser: Diagnoser
    readiness: Readiness


def provide(app: Flask, services: Services) -> None:
    """Make ``services`` available to the views of ``app``."""
    app.extensions[_KEY] = services


def services() -> Services:
    """The services of the app that handles the current request."""
    return cast(Services, current_app.extensions[_KEY])
