"""Metrics say whether storage can be used, also while nobody sends a case, and do not wait for what is silent."""

import time
from pathlib import Path

import pytest

from benchmarks.harness import wire
from benchmarks.harness.postgresql import PostgreSql
from benchmarks.harness.s3_server import S3Server
from benchmarks.harness.wire import State
from serving.cases.photo_store import PhotoStore
from serving.monitoring.storage_probe import look_at_storage, probe_database
from serving.persistence.engine import StorageError, connect
from serving.telemetry.metrics import REGISTRY, Storage
from tests.serving.conftest import MakeApp
from tests.serving.telemetry.conftest import METRICS_TOKEN


def is_up(storage: Storage) -> bool:
    return REGISTRY.get_sample_value("majani_storage_up", {"storage": storage}) == 1


def test_each_storage_is_asked_when_metrics_are(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(tmp_path, metrics_token=METRICS_TOKEN)
    headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    for is_there in (True, False):
        assert app.test_client().get("/metrics", headers=headers).status_code == 200
        assert (is_up(Storage.DATABASE), is_up(Storage.PHOTOS)) == (True, is_there)
        (tmp_path / "photos").write_bytes(b"no folder")
    app.extensions["majani"].engine.dispose()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_silent_database_is_not_waited_for(postgresql: PostgreSql) -> None:
    with wire.lay(postgresql.port) as to_server:
        engine = connect(postgresql.url.replace(str(postgresql.port), str(to_server.port)))
        for state in (State.WHOLE, State.SILENT):
            to_server.become(state)
            began = time.monotonic()
            look_at_storage({Storage.DATABASE: lambda: probe_database(engine)})
            assert is_up(Storage.DATABASE) is (state is State.WHOLE)
            assert time.monotonic() - began < 4
    engine.dispose()


def test_a_bucket_is_asked_and_keeps_no_photo_of_it(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    store = PhotoStore("s3://leaves/probed")
    store.probe()
    assert list(store.days()) == []
    with pytest.raises(StorageError):
        PhotoStore("s3://nobody-made-it").probe()
