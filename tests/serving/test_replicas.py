"""Two services with their own folders are one service for clients, as long as they share database and store."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from benchmarks.replicas.scene import Cluster, run_cluster
from tests.benchmarks.replicas.here import needing_what_may_be_absent
from tests.pictures import PictureFactory

KEY = "a-key-for-both-replicas"
CASES = "/v1/diagnoses?consent=photos"


@pytest.fixture(scope="module")
def cluster(tiny_bundle_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with needing_what_may_be_absent(), run_cluster(tmp_path_factory.mktemp("cluster"), tiny_bundle_dir) as running:
        yield running


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = requests.request(method, f"http://127.0.0.1:{port}{path}", data=body, headers=named, timeout=30)
    return answer.status_code, answer.json() if answer.content else None


def test_what_one_keeps_all_have_and_none_alone(cluster: Cluster, pictures: PictureFactory) -> None:
    ports = [service.port for service in cluster.services]
    case = {"Idempotency_Key": KEY, "Content_Type": "image/jpeg"}
    first, again = (ask(port, "POST", CASES, pictures.leaf(), **case) for port in ports)
    assert first[0] == 201
    assert again == first
    own, token = f"/v1/diagnoses/{first[1]['id']}", {"Authorization": f"Bearer {first[1]['token']}"}
    verdict = json.dumps({"verdict": "right"}).encode()
    assert ask(ports[0], "PUT", f"{own}/feedback", verdict, Content_Type="application/json", **token)[0] == 200
    assert ask(ports[1], "GET", own, **token)[1]["feedback"]["verdict"] == "right"
    # Each keeps one more, which stays.
    for port in ports:
        assert ask(port, "POST", CASES, pictures.leaf(), Content_Type="image/jpeg")[0] == 201
    assert ask(ports[1], "DELETE", own, **token) == (204, None)
    assert ask(ports[0], "GET", own, **token)[0] == 404
    assert ask(ports[0], "POST", CASES, pictures.leaf(), **case)[1]["code"] == "diagnosis_deleted"
    for service in cluster.services:
        found = {path.name for path in service.log.parent.rglob("*")}
        assert "model.onnx" in found
        assert not [name for name in found if name.endswith(".jpg") or "sqlite3" in name]
