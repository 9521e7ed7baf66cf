"""Measures the time of the overview and the lists with many cases and visits: the whole page, as for a browser.

The daily job has counted the cases of whole days; what it takes is measured too.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
from flask.testing import FlaskClient

from benchmarks.harness.databases import empty_databases
from benchmarks.harness.measured import measured
from benchmarks.overview.cases import SECOND_MODEL, add, copy, insert, season
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.app import create_app, create_command_app
from serving.container import Services
from serving.persistence.models import Case, VisitRow
from serving.settings import Settings
from serving.visits.visit import Entry, NewVisit
from training.figures import Figure

COMMAND = "python -m benchmarks.overview"
PAGES = {
    "overview": ("the overview of 12 weeks", "/desk/overview"),
    "one_condition": ("the overview of one condition", "/desk/overview?condition=bean.rust"),
    "four_weeks": ("the overview of 4 weeks by day", "/desk/overview?weeks=4"),
    "geojson": ("its areas as GeoJSON", "/desk/overview/areas.geojson"),
    "report": ("the monthly report", "/desk/report"),
    "watching": ("watching two models", "/desk/watching"),
    "visits": ("the list of visits", "/desk/visits"),
}
# The report and watching count single cases, so with ten million they take longer than a page may.
GROWING = ("overview", "one_condition", "four_weeks", "geojson", "visits")
_ROUNDS = 40
_DAYS = 90
# So many are made up; the database copies them.
_DIFFERENT = 20_000
_CASES_OF_A_VISIT = 20


def measure(
    *, cases: int, kinds: Sequence[str], name: str, pages: Sequence[str] = tuple(PAGES)
) -> Mapping[str, Figure]:
    """In databases of these kinds; ``name`` is the part of the command and of the figures' names."""
    figures = {}
    with empty_databases() as databases:
        for kind in kinds:
            for key, (title, seconds) in _ask(databases[kind], cases, pages).items():
                p95 = round(float(np.quantile(seconds, 0.95)), 3)
                about = f"{kind}, {cases:,} cases: {title}"
                figure = measured(about, p95, "s", n=len(seconds), command=f"{COMMAND} {name}")
                figures[f"overview.{name}.{kind}.{key}"] = figure.of_no_bundle()
    return figures


def _ask(url: str, cases: int, pages: Sequence[str]) -> Mapping[str, tuple[str, list[float]]]:
    app = create_app(Settings(database_url=url, rate_limit_other="1000000 per second"))
    services: Services = app.extensions["majani"]
    engine, now = services.engine, datetime.now(UTC)
    conditions = [condition.id for condition in services.adviser.taxonomy.conditions]
    half = timedelta(days=_DAYS / 2)
    add(engine, season(_DIFFERENT // 2, conditions, until=now - half, days=_DAYS // 2, seed=1))
    add(engine, season(_DIFFERENT // 2, conditions, until=now, days=_DAYS // 2, seed=2, model_version=SECOND_MODEL))
    token = AccessTokens(engine).create("desk", Role.AGRONOMIST, timedelta(days=1))
    visits = [_visit(now - timedelta(hours=number)) for number in range(_DIFFERENT // _CASES_OF_A_VISIT)]
    insert(engine, VisitRow, visits)
    for table in (Case, VisitRow):
        copy(engine, table, times=cases // _DIFFERENT - 1)
    commands = create_command_app(services.settings).test_cli_runner()
    began = time.perf_counter()
    done = commands.invoke(args=["store", "forget"])
    taken = {"night": ("the daily job", [time.perf_counter() - began])}
    if done.exit_code != 0:
        raise RuntimeError(done.output)
    client = app.test_client()
    for key in pages:
        title, address = PAGES[key]
        taken[key] = f"{title}, p95", [_seconds(client, address, token) for _ in range(1 + _ROUNDS)][1:]
    engine.dispose()
    return taken


def _visit(at: datetime) -> Mapping[str, Any]:
    """Of the worker whose access token was made first."""
    entries = tuple(Entry(id=uuid4(), at=at, changed_at=at, crop="bean") for _ in range(_CASES_OF_A_VISIT))
    content = NewVisit(started_at=at, changed_at=at, title="Majengo", entries=entries).model_dump(mode="json")
    return {"public_id": str(uuid4()), "worker_id": 1, "started_at": at, "updated_at": at, "content": content}


def _seconds(client: FlaskClient, address: str, token: str) -> float:
    began = time.perf_counter()
    answer = client.get(address, headers={"Authorization": f"Bearer {token}"})
    lasted = time.perf_counter() - began
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answers {answer.status_code}")
    return lasted
