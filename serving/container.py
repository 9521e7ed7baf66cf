"""Holds the objects that views use. Each process builds it once, and views find an object by its type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app
from sqlalchemy import Engine

from majani.decision.diagnoser import Diagnoser
from majani.review.reference_photos import References
from majani.text.advice import Adviser
from majani.text.example_photos import ExamplePhotos
from serving.cases.diagnose import CaseService
from serving.cases.repository import CaseRepository
from serving.http.document import Document
from serving.i18n.catalogue import Catalogue
from serving.settings import Settings
from serving.teach.districts import Districts
from serving.telemetry.readiness import Readiness

_KEY = "majani"


@dataclass(frozen=True)
class Services:
    """The parts that outlive a request; all are safe to share between threads.

    Catalogues are by language tag; ``texts`` writes documents by tag and part. Without known photos, ``references``
    is None; without example photos, ``examples`` is empty.
    """

    settings: Settings
    diagnoser: Diagnoser
    districts: Districts
    readiness: Readiness
    adviser: Adviser
    catalogues: Mapping[str, Catalogue]
    texts: Callable[[str, str], Document]
    examples: ExamplePhotos
    engine: Engine
    repository: CaseRepository
    references: References | None
    cases: CaseService
    refresh_gauges: Callable[[], None]


def init_services(app: Flask, services: Services) -> None:
    """Make ``services`` available to the views of ``app``."""
    app.extensions[_KEY] = services


def services() -> Services:
    """The services of the app that handles the current request."""
    return cast(Services, current_app.extensions[_KEY])
