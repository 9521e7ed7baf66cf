"""An app on the tiny bundle, ways to send a case, and both databases, each real."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from urllib3 import encode_multipart_formdata
from werkzeug.test import TestResponse

from benchmarks.harness import s3_server
from benchmarks.harness.postgresql import PostgreSql, run_server
from benchmarks.harness.s3_server import S3Server
from majani.model.bundle import Manifest, write_bundle
from serving import app as service
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.app import create_app
from serving.container import Services
from serving.persistence.engine import connect
from serving.persistence.migration import upgrade
from serving.settings import Settings
from tests import redis_server
from tests.absence import needing_what_may_be_absent
from tests.redis_server import RedisServer
from tests.serving.clock import Clock
from tests.serving.live import NO_APP, ROOT, UNLIMITED, Server, serve
from tests.serving.site.tiny_build import write_build
from tests.tiny_bundle import tiny_district_bundle

Send = Callable[..., TestResponse]
MakeApp = Callable[..., Flask]
_DATABASES = count(1)


def post_form(client: FlaskClient, path: str, photos: Sequence[bytes], **fields: str) -> TestResponse:
    """Post photos as a browser does."""
    files = [("photo", (f"{number}.jpg", photo, "image/jpeg")) for number, photo in enumerate(photos)]
    # Flask's client writes an empty part as no browser does.
    body, content_type = encode_multipart_formdata([*files, *fields.items()])
    return client.post(path, data=body, content_type=content_type)


class ClosingClient(FlaskClient):
    """Ends a request when its answer is there, as a server does; Flask's own leaves that to who asked."""

    def open(self, *args: Any, buffered: bool = True, **options: Any) -> TestResponse:
        return super().open(*args, buffered=buffered, **options)


@pytest.fixture(scope="session", autouse=True)
def _texts_are_made_once() -> Iterator[None]:
    """Apps on the project's texts share them: reading, checking and writing them takes most of the time to make one."""
    with pytest.MonkeyPatch.context() as patch:
        texts = ((service, "read_adviser"), (service, "load_catalogues"), (service.texts, "text_writer"))
        for module, name in (*texts, (service, "find_examples")):
            patch.setattr(module, name, _remembering(getattr(module, name)))
        yield


def _remembering(make: Callable[..., Any]) -> Callable[..., Any]:
    """Make the same of the same things once, unless they are a folder of texts that a test writes itself."""
    # With the things, or others might get their numbers.
    known: dict[tuple[object, ...], tuple[Any, Any]] = {}

    def make_or_recall(*things: Any) -> Any:
        first = things[0].resolve() if isinstance(things[0], Path) else id(things[0])
        if isinstance(first, Path) and not first.is_relative_to(ROOT / "data"):
            return make(*things)
        others = (thing.version if isinstance(thing, Manifest) else id(thing) for thing in things[1:])
        key = (first, *others)
        if key not in known:
            known[key] = make(*things), things
        return known[key][0]

    return make_or_recall


@pytest.fixture(scope="session")
def make_app(tiny_bundle_dir: Path, migrated_file: Path) -> MakeApp:
    """Make an app that keeps its cases in a folder: ``make_app(tmp_path, trusted_proxies=1)``."""

    def make(folder: Path, **settings: Any) -> Flask:
        if folder.is_dir() and not (folder / "majani.sqlite3").exists():
            shutil.copy(migrated_file, folder / "majani.sqlite3")
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
def district_app(make_app: MakeApp, tmp_path: Path) -> Flask:
    """A service with a district that has taught bean.streak, and one condition of a new crop."""
    app = make_app(tmp_path, districts_dir=tmp_path / "districts")
    write_bundle(tiny_district_bundle(), tmp_path / "made")
    app.extensions["majani"].districts.use("Kitui", tmp_path / "made")
    return app


@pytest.fixture
def services(app: Flask) -> Services:
    """What the app answers from: languages, advice, sentences."""
    found: Services = app.extensions["majani"]
    return found


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def tokens(services: Services) -> AccessTokens:
    return AccessTokens(services.engine)


@pytest.fixture
def agronomist(tokens: AccessTokens) -> dict[str, str]:
    """Headers of a program with this role."""
    token = tokens.create("station", Role.AGRONOMIST, timedelta(days=1))
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="session")
def live(tiny_bundle_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The service under gunicorn, with the tiny phone app and a request limit of 2 MiB."""
    folder = tmp_path_factory.mktemp("live")
    kept = {"database_url": f"sqlite:///{folder / 'majani.sqlite3'}", "photos_url": folder / "photos"}
    with serve(
        tiny_bundle_dir, app_dir=write_build(folder / "dist"), max_request_bytes=2 * 1024 * 1024, **kept
    ) as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def send(client: FlaskClient) -> Send:
    """Post photos as a form with files: ``send("/v1/diagnoses", [photo, ...], crop="bean")``."""

    def post(path: str, photos: Sequence[bytes], **fields: str) -> TestResponse:
        return post_form(client, path, photos, **fields)

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
    command(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.url.rpartition("/")[0] + f"/{name}"
    command(server, f"DROP DATABASE {name} WITH (FORCE)")


def command(server: PostgreSql, command: str) -> None:
    engine = connect(server.url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(command))
    engine.dispose()
