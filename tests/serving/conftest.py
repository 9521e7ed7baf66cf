"""An app on the tiny bundle, ways to send a case, and both databases, each real."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from benchmarks.harness import redis_server, s3_server
from benchmarks.harness.postgresql import PostgreSql, run_server
from benchmarks.harness.redis_server import RedisServer
from benchmarks.harness.s3_server import S3Server
from serving.app import create_app
from serving.container import Services
from serving.i18n import catalogue, texts
from serving.persistence.engine import connect
from serving.persistence.migration import upgrade
from serving.settings import Settings
from tests.benchmarks.replicas.here import needing_what_may_be_absent
from tests.serving.clock import Clock
from tests.serving.live import NO_APP, ROOT, UNLIMITED, Server, serve

Send = Callable[..., TestResponse]
MakeApp = Callable[..., Flask]
_DATABASES = count(1)


class ClosingClient(FlaskClient):
    """Ends a request when its answer is there, as a server does; Flask's own leaves that to who asked."""

    def open(self, *args: Any, buffered: bool = True, **options: Any) -> TestResponse:
        return super().open(*args, buffered=buffered, **options)


@pytest.fixture(scope="session", autouse=True)
def _texts_are_read_once() -> Iterator[None]:
    """All apps share the project's texts: reading and checking them takes most of the time to create an app."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "_read_language", _remembering(texts._read_language))
        patch.setattr(catalogue, "_read", _remembering(catalogue._read))
        yield


def _remembering(read: Callable[..., Any]) -> Callable[..., Any]:
    """Read each path below ``data`` once; texts that a test writes itself are read every time."""
    known: dict[Path, Any] = {}

    def read_or_recall(path: Path, *others: Any) -> Any:
        path = path.resolve()
        if not path.is_relative_to(ROOT / "data"):
            return read(path, *others)
        if path not in known:
            known[path] = read(path, *others)
        return known[path]

    return read_or_recall


@pytest.fixture(scope="session")
def make_app(tiny_bundle_dir: Path) -> MakeApp:
    """Make an app that keeps its cases in a folder: ``make_app(tmp_path, trusted_proxies=1)``."""

    def make(folder: Path, **settings: Any) -> Flask:
        kept = {"database_url": f"sqlite:///{folder / 'majani.sqlite3'}", "photos_url": str(folder / "photos")}
        usual = {"bundle": tiny_bundle_dir, "app_dir": NO_APP, **kept, **UNLIMITED}
        app = create_app(Settings.model_validate(usual | settings))
        app.test_client_class = ClosingClient
        return app

    return make


@pytest.fixture(scope="session")
def app(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("app"))


@pytest.fixture
def services(app: Flask) -> Services:
    """What the app answers from: languages, advice, sentences."""
    found: Services = app.extensions["majani"]
    return found


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def live(tiny_bundle_dir: Path) -> Iterator[Server]:
    """The service under gunicorn with a request limit of 1 MiB."""
    with serve(tiny_bundle_dir, max_request_bytes=1024 * 1024) as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def send(client: FlaskClient) -> Send:
    """Post photos as a form with files: ``send("/v1/diagnoses", [photo, ...], crop="bean")``."""

    def post(path: str, photos: Sequence[bytes], **fields: str) -> TestResponse:
        files = [FileStorage(BytesIO(photo), f"{number}.jpg") for number, photo in enumerate(photos)]
        boundary, body = encode_multipart({"photo": files, **fields})
        return client.post(path, data=body, content_type=f"multipart/form-data; boundary={boundary}")

    return post


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    """A real server."""
    with needing_what_may_be_absent(), run_server() as server:
        yield server


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """A real server."""
    with needing_what_may_be_absent(), redis_server.run_server() as server:
        yield server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """An object store with one bucket."""
    with s3_server.run_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Tests that name ``empty_url`` or ``engine`` run on both databases."""
    kind: str = request.param
    return kind


@pytest.fixture
def empty_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a single table."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'majani.sqlite3'}"
    else:
        yield from _new_database(request.getfixturevalue("postgresql"), template="template0")


@pytest.fixture
def engine(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with all migrations, copied from one that was migrated before."""
    if database == "sqlite":
        file = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "majani.sqlite3")
        urls = iter([f"sqlite:///{file}"])
    else:
        server = request.getfixturevalue("postgresql")
        urls = _new_database(server, template=request.getfixturevalue("migrated_database"))
    for url in urls:
        engine = connect(url)
        yield engine
        engine.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "majani.sqlite3"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_database(postgresql: PostgreSql) -> Iterator[str]:
    for url in _new_database(postgresql, template="template0"):
        _migrate(url)
        yield url.rpartition("/")[2]


def _migrate(url: str) -> None:
    engine = connect(url)
    upgrade(engine)
    engine.dispose()


def _new_database(server: PostgreSql, *, template: str) -> Iterator[str]:
    name = f"test_{next(_DATABASES)}"
    _command(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.url.rpartition("/")[0] + f"/{name}"
    _command(server, f"DROP DATABASE {name} WITH (FORCE)")


def _command(server: PostgreSql, command: str) -> None:
    engine = connect(server.url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(command))
    engine.dispose()
