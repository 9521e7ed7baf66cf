"""An app on the tiny bundle, and one way to send a case to the API and to the page."""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from benchmarks.faults import redis_server, s3_server
from benchmarks.faults.postgresql import PostgreSql, find_binaries, run_server
from benchmarks.faults.redis_server import RedisServer
from benchmarks.faults.s3_server import S3Server
from serving.app import create_app
from serving.container import Services
from serving.settings import Settings
from tests.absence import absent
from tests.serving.live import NO_APP, UNLIMITED, Server, serve

Send = Callable[..., TestResponse]


class ClosingClient(FlaskClient):
    """Ends a request when its answer is there, as a server does; Flask's own leaves that to who asked."""

    def open(self, *args: Any, buffered: bool = True, **options: Any) -> TestResponse:
        return super().open(*args, buffered=buffered, **options)


@pytest.fixture(scope="session")
def app(tiny_bundle_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> APIFlask:
    folder = tmp_path_factory.mktemp("app")
    kept = {"database_url": f"sqlite:///{folder / 'majani.sqlite3'}", "photos_url": str(folder / "photos")}
    return create_app(Settings(bundle=tiny_bundle_dir, app_dir=NO_APP, **kept, **UNLIMITED))


@pytest.fixture
def services(app: APIFlask) -> Services:
    """What the app answers from: languages, advice, sentences."""
    found: Services = app.extensions["majani"]
    return found


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    app.test_client_class = ClosingClient
    return app.test_client()


@pytest.fixture(scope="session")
def live(tiny_bundle_dir: Path) -> Iterator[Server]:
    """The service under gunicorn with a request limit of 1 MiB."""
    with serve(tiny_bundle_dir, max_request_bytes=1024 * 1024) as server:
        yield server


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
    binaries = find_binaries()
    if binaries is None:
        absent("PostgreSQL is not installed (initdb and pg_ctl, Debian's package postgresql)")
    with run_server(binaries) as server:
        yield server


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """A real server."""
    binary = redis_server.find_binary()
    if binary is None:
        absent("Redis is not installed (redis-server, Debian's package of that name)")
    with redis_server.run_server(binary) as server:
        yield server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """An object store with one bucket."""
    with s3_server.run_server() as server:
        yield server
