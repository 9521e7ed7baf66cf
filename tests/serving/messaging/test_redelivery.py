"""Each message is answered once: delivered again, twice at a time, after a crash, after an upgrade of PostgreSQL."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from benchmarks.harness.postgresql import PostgreSql
from majani.decision.diagnoser import Diagnoser
from serving.app import create_app, create_command_app
from serving.cases.admission import Admission
from serving.circuit_breaker import RETRY_S
from serving.container import Services
from serving.http.errors import RequestCode, RequestError
from serving.messaging import inbox
from serving.persistence import migration
from serving.persistence.engine import connect
from tests.serving.messaging.conftest import Platforms, Setup
from tests.serving.messaging.local_server import RED, Reply
from tests.serving.messaging.whatsapp_cloud import Person, delivery, post
from tests.waiting import wait_until


def test_deliveries_that_race_are_answered_once(farmer: Person, app: Flask) -> None:
    content = delivery(farmer.photo(RED))
    barrier = threading.Barrier(6)

    def deliver(_: int) -> int:
        barrier.wait()
        return post(app.test_client(), content).status_code

    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(deliver, range(6)))
    assert set(statuses) <= {200, 503}
    assert 200 in statuses
    assert len(farmer.cloud.sent) == 1
    assert post(app.test_client(), content).status_code == 200
    assert len(farmer.cloud.sent) == 1


def test_whoever_comes_second_is_told_to_come_again(farmer: Person, app: Flask) -> None:
    """If the first one dies, the message would be lost."""
    content = delivery(farmer.text("hello"))
    farmer.cloud.server.spoil("messages", Reply(500, delay_s=1))
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(post, app.test_client(), content)
        wait_until(lambda: farmer.cloud.sent)
        second = post(app.test_client(), content)
        assert (second.status_code, second.headers["Retry-After"]) == (503, "60")
        assert first.result().status_code == 200


def test_unexpected_failure_is_apologised_for_once_and_takes_no_other_with_it(
    farmer: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("no memory")

    messages = [farmer.photo(RED), farmer.text("hello")]
    with monkeypatch.context() as patch:
        patch.setattr(Diagnoser, "examine", fail)
        assert farmer.delivers(*messages).status_code == 200
    assert farmer.delivers(*messages).status_code == 200
    apology, help_text = farmer.cloud.texts
    assert apology == "It is not your photo's fault. Try again in a minute."
    assert "Take a photo" in help_text
    assert "no memory" in caplog.text
    assert farmer.number not in caplog.text


def test_what_finds_too_many_waiting_comes_with_the_next_delivery(
    farmer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise RequestError(RequestCode.BUSY, "32 cases are waiting already", retry_after_s=2)

    messages = [farmer.photo(RED), farmer.text("hello")]
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "_TURNS", threading.BoundedSemaphore(1))
        with inbox._turn():
            assert farmer.delivers(*messages).status_code == 503
    assert farmer.cloud.texts == []
    with monkeypatch.context() as patch:
        patch.setattr(Admission, "slot", refuse)
        assert farmer.delivers(*messages).status_code == 503
    [help_text] = farmer.cloud.texts
    assert "Take a photo" in help_text
    # At once, not when the claim of a dead process would end.
    assert farmer.delivers(*messages).status_code == 200
    assert ["Bean rust" in text for text in farmer.cloud.texts[1:]] == [True]


def test_what_finds_no_time_comes_with_the_next_delivery(farmer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = [farmer.text("one"), farmer.text("two")]
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "DELIVERY_S", inbox.FETCH_S + inbox.REPLY_S + 0.5)
        farmer.cloud.server.spoil("messages", Reply(delay_s=1))
        assert farmer.delivers(*messages).status_code == 503
    assert len(farmer.cloud.sent) == 1
    assert farmer.delivers(*messages).status_code == 200
    assert [answer["context"]["message_id"] for answer in farmer.cloud.sent] == [message["id"] for message in messages]


# pg8000 forgets to close the socket of a connection that it could not make.
LEAKY = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def make_on_postgresql(
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
    make_on_postgresql: Callable[[], Flask], platforms: Platforms, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_on_postgresql()
    assert "run: majani-admin store upgrade" in caplog.text
    person = Person(platforms.cloud, app.test_client())
    message = person.text("hello")
    assert person.delivers(message).status_code == 503
    upgrade(app)
    assert person.delivers(message).status_code == 200
    assert len(person.cloud.sent) == 1


@LEAKY
def test_restart_of_the_database_loses_and_doubles_nothing(
    make_on_postgresql: Callable[[], Flask], platforms: Platforms, postgresql: PostgreSql
) -> None:
    app = make_on_postgresql()
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
