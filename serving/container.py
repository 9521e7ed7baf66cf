"""What a view may use, built once per process and handed over by type instead of by string key."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import cast

from flask import Flask, current_app
from sqlalchemy import Engine

from majani.decision.diagnoser import Diagnoser
from majani.review.reference_photos import References
from majani.text.advice import Adviser
from serving.cases.admission import Turnstile
from serving.cases.repository import Archive
from serving.http.document import Document
from serving.i18n.catalogue import Catalogue
from serving.monitoring.gauges import Gauges
from serving.settings import Settings
from serving.shadow.worker import Shadow
from serving.site.app_build import AppBuild
from serving.telemetry.readiness import Readiness

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
