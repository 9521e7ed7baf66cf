"""What a view may use, built once per process and handed over by type instead of by string key."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import cast

from flask import Flask, current_app
from sqlalchemy import Engine

from majani.advice import Adviser
from majani.diagnoser import Diagnoser
from majani.references import References
from serving.app_build import AppBuild
from serving.archive import Archive
from serving.catalogue import Catalogue
from serving.documents import Document
from serving.readiness import Readiness
from serving.settings import Settings
from serving.shadow.shadow import Shadow
from serving.turnstile import Turnstile
from serving.watching.gauges import Gauges

_KEY = "majani"


@dataclass(frozen=True)
class Services:
    """The parts that outlive a request; all are safe to share between threads.

    Attributes:
        catalogues: The interface's sentences, by language tag.
        texts: Everything that is said in one language, by its tag.
        engine: Of the database, which may be away.
        archive: Keeps cases.
        references: Known photos that cases are compared with; None where there are none.
        turnstile: Lets one case after the other to the core.
        shadow: Has a challenger answer kept cases, where there is one.
        gauges: Metrics of how far photos and answers have moved.
        downloads: How many may fetch large files from this process at the same time.
        phone_app: None where it is not built.
    """

    settings: Settings
    diagnoser: Diagnoser
    readiness: Readiness
    adviser: Adviser
    catalogues: Mapping[str, Catalogue]
    texts: Mapping[str, Document]
    engine: Engine
    archive: Archive
    references: References | None
    turnstile: Turnstile
    shadow: Shadow
    gauges: Gauges
    downloads: BoundedSemaphore
    phone_app: AppBuild | None


def provide(app: Flask, services: Services) -> None:
    """Make ``services`` available to the views of ``app``."""
    app.extensions[_KEY] = services


def services() -> Services:
    """The services of the app that handles the current request."""
    return cast(Services, current_app.extensions[_KEY])
