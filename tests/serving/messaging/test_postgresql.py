"""The channel on PostgreSQL: an operator's upgrade, a restart of the database, and nothing answered twice."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from benchmarks.harness.postgresql import PostgreSql
from serving.app import create_app, create_command_app
from serving.circuit_breaker import RETRY_S
from serving.container import Services
from serving.persistence import migration
from serving.persistence.engine import connect
from tests.serving.messaging.conftest import Platforms, Setup
from tests.serving.messaging.local_server import RED
from tests.serving.messaging.whatsapp_cloud import Person
from tests.waiting import wait_until

# pg8000 forgets to close the socket of a connection that it could not make.
LEAKY = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def create_on_postgresql(
    setup: Setup, postgresql: PostgreSql, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Flask]]:
    """Makes apps on an empty database, and closes their connections afterwards."""
    engines: list[Engine] = []

    def remember(url: str, *, is_patient: bool = False) -> Engine:  # noqa: ARG001
        engines.append(connect(url))
        return engines[-1]

    monkeypatch.setattr(migration, "connect", remember)
    with remember(postgresql.url).begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    yield lambda: create_app(setup(database_url=postgresql.url))
    for engine in engines:
        engine.dispose()


def upgrade(app: Flask) -> None:
    services: Services = app.extensions["majani"]
    runner = create_command_app(services.settings).test_cli_runner()
    assert runner.invoke(args=["store", "upgrade"]).exit_code == 0


def test_operator_decides_when_tables_change(
    create_on_postgresql: Callable[[], Flask], platforms: Platforms, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_on_postgresql()
    assert "run: majani-admin store upgrade" in caplog.text
    person = Person(platforms.cloud, app.test_client())
    message = person.text("hello")
    assert person.delivers(message).status_code == 503
    upgrade(app)
    assert person.delivers(message).status_code == 200
    assert len(person.cloud.sent) == 1


@LEAKY
def test_restart_of_the_database_loses_and_doubles_nothing(
    create_on_postgresql: Callable[[], Flask], platforms: Platforms, postgresql: PostgreSql
) -> None:
    app = create_on_postgresql()
    upgrade(app)
    person = Person(platforms.cloud, app.test_client())
    before, during, after = (person.photo(RED) for _ in range(3))
    assert person.delivers(before).status_code == 200
    postgresql.stop()
    try:
        # The rest of the service does not need it.
        assert app.test_client().get("/healthz").status_code == 200
        assert person.delivers(before, during).status_code == 503
    finally:
        postgresql.start()
    # Messengers deliver again what was not taken.
    wait_until(lambda: person.delivers(before, during, after).status_code == 200, most_s=10 * RETRY_S)
    # The database may be found back between two messages of one delivery.
    answered = [answer["context"]["message_id"] for answer in person.cloud.sent]
    assert sorted(answered) == sorted(message["id"] for message in (before, during, after))
