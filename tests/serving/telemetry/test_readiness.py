"""Alive and ready are two questions; only the second one needs a model that answers."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from majani.decision.diagnoser import Diagnoser
from tests.serving.conftest import MakeApp


@pytest.fixture
def client(make_app: MakeApp, tmp_path: Path) -> FlaskClient:
    """Of an app of its own, for readiness is remembered."""
    return make_app(tmp_path).test_client()


def test_only_success_is_remembered_and_names_the_model(
    client: FlaskClient, diagnoser: Diagnoser, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    diagnose = Diagnoser.diagnose

    def fail(*_: Any, **__: Any) -> None:
        calls.append(0)
        raise RuntimeError("no memory")

    def succeed(self: Diagnoser, photos: list[bytes]) -> Any:
        calls.append(1)
        return diagnose(self, photos)

    monkeypatch.setattr(Diagnoser, "diagnose", fail)
    assert [client.get("/readyz").status_code for _ in range(2)] == [503, 503]
    assert client.get("/readyz").json["code"] == "not_ready"
    assert client.get("/healthz").status_code == 200

    monkeypatch.setattr(Diagnoser, "diagnose", succeed)
    assert [client.get("/readyz").status_code for _ in range(3)] == [200] * 3
    assert calls == [0, 0, 0, 1]
    assert client.get("/readyz").json == {"status": "ready", "model_version": diagnoser.manifest.version}
