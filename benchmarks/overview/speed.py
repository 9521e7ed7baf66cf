"""Measures the time of the overview with many cases, in both databases: the whole page, as for a browser.

The daily job has counted the cases of whole days; what it takes is measured too.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
from flask.testing import FlaskClient

from benchmarks.harness.databases import empty_databases
from benchmarks.harness.measured import measured
from benchmarks.overview.cases import SECOND_MODEL, add, season
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.app import create_app, create_command_app
from serving.container import Services
from serving.settings import Settings
from training.figures import Figure

COMMAND = "python -m benchmarks.overview speed"
PAGES = {
    "overview": ("the overview of 12 weeks", "/desk/overview"),
    "one_condition": ("the overview of one condition", "/desk/overview?condition=bean.rust"),
    "four_weeks": ("the overview of 4 weeks by day", "/desk/overview?weeks=4"),
    "geojson": ("its areas as GeoJSON", "/desk/overview/areas.geojson"),
    "report": ("the monthly report", "/desk/report"),
    "watching": ("watching two models", "/desk/watching"),
}
_ROUNDS = 40
_DAYS = 90


def measure(*, cases: int) -> Mapping[str, Figure]:
    figures = {}
    with empty_databases() as databases:
        for kind, url in databases.items():
            for key, (title, seconds) in _ask(url, cases).items():
                p95 = round(float(np.quantile(seconds, 0.95)), 3)
                about = f"{kind}, {cases:,} cases: {title}"
                figure = measured(about, p95, "s", n=len(seconds), command=COMMAND)
                figures[f"overview.speed.{kind}.{key}"] = figure.of_no_bundle()
    return figures


def _ask(url: str, cases: int) -> Mapping[str, tuple[str, list[float]]]:
    app = create_app(Settings(database_url=url, rate_limit_other="1000000 per second"))
    services: Services = app.extensions["majani"]
    engine, now = services.engine, datetime.now(UTC)
    conditions = [condition.id for condition in services.adviser.taxonomy.conditions]
    half = timedelta(days=_DAYS / 2)
    add(engine, season(cases // 2, conditions, until=now - half, days=_DAYS // 2, seed=1))
    add(engine, season(cases // 2, conditions, until=now, days=_DAYS // 2, seed=2, model_version=SECOND_MODEL))
    commands = create_command_app(services.settings).test_cli_runner()
    began = time.perf_counter()
    done = commands.invoke(args=["store", "forget"])
    taken = {"night": ("the daily job", [time.perf_counter() - began])}
    if done.exit_code != 0:
        raise RuntimeError(done.output)
    token = AccessTokens(engine).create("desk", Role.AGRONOMIST, timedelta(days=1))
    client = app.test_client()
    for key, (title, address) in PAGES.items():
        taken[key] = f"{title}, p95", [_seconds(client, address, token) for _ in range(1 + _ROUNDS)][1:]
    engine.dispose()
    return taken


def _seconds(client: FlaskClient, address: str, token: str) -> float:
    began = time.perf_counter()
    answer = client.get(address, headers={"Authorization": f"Bearer {token}"})
    lasted = time.perf_counter() - began
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answers {answer.status_code}")
    return lasted
