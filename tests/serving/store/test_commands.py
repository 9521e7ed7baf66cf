"""What an operator types."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import Engine

from serving.app import create_app
from serving.settings import Settings
from serving.store.database import connect
from serving.store.deliveries import Claim, Deliveries
from serving.store.migration import is_current


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'majani.sqlite3'}"


@pytest.fixture
def app(tiny_bundle_dir: Path, url: str) -> APIFlask:
    """Without any platform set up: the database can be prepared before."""
    return create_app(Settings(bundle=tiny_bundle_dir, database_url=url, delivery_retention_days=10))


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = connect(url)
    yield engine
    engine.dispose()


def test_upgrade_makes_the_tables(app: APIFlask, engine: Engine) -> None:
    done = app.test_cli_runner().invoke(args=["store", "upgrade"])
    assert (done.exit_code, done.output) == (0, "The database is up to date.\n")
    assert is_current(engine)


def test_forget_deletes_what_is_older_than_the_setting(app: APIFlask, engine: Engine) -> None:
    runner = app.test_cli_runner()
    runner.invoke(args=["store", "upgrade"])
    for days in (9, 11, 12):
        moment = datetime.now(UTC) - timedelta(days=days)
        Deliveries(engine, clock=lambda moment=moment: moment).claim(channel="telegram", message_hash=str(days))
    done = runner.invoke(args=["store", "forget"])
    assert (done.exit_code, done.output) == (0, "2 deliveries older than 10 days were deleted.\n")
    assert Deliveries(engine).claim(channel="telegram", message_hash="11") is Claim.GRANTED
