"""Two services with their own folders are one service for clients, as long as they share database and store."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from benchmarks.faults import scene
from benchmarks.harness.service import Service
from tests import redis_server
from tests.absence import needing_what_may_be_absent
from tests.pictures import PictureFactory

KEY = "a-key-for-both-replicas"
CASES = "/v1/diagnoses?consent=photos"


@pytest.fixture(scope="module")
def replicas(tiny_bundle_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Service]]:
    """Each in a folder of its own, with one database, one object store and one Redis."""
    work = tmp_path_factory.mktemp("cluster")
    with needing_what_may_be_absent(), ExitStack() as stack:
        storage = stack.enter_context(scene.postgresql_and_s3(work))
        redis = stack.enter_context(redis_server.run_server())
        settings = {**storage.settings, "MAJANI_RATE_LIMIT_URL": redis.url}
        yield [stack.enter_context(Service(work / name, tiny_bundle_dir, settings)) for name in ("one", "other")]


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = requests.request(method, f"http://127.0.0.1:{port}{path}", data=body, headers=named, timeout=30)
    return answer.status_code, answer.json() if answer.content else None


def test_what_one_keeps_all_have_and_none_alone(replicas: list[Service], pictures: PictureFactory) -> None:
    ports = [service.port for service in replicas]
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
    for service in replicas:
        found = {path.name for path in service.log.parent.rglob("*")}
        assert not [name for name in found if name.endswith(".jpg") or "sqlite3" in name]


def test_one_answers_what_the_other_kept_before_it_was_killed(
    replicas: list[Service], pictures: PictureFactory
) -> None:
    dying, living = replicas
    status, case = ask(dying.port, "POST", CASES, pictures.leaf(), Content_Type="image/jpeg")
    assert status == 201
    dying.kill()
    token = {"Authorization": f"Bearer {case['token']}"}
    assert ask(living.port, "GET", f"/v1/diagnoses/{case['id']}", **token)[0] == 200
    assert ask(living.port, "POST", CASES, pictures.leaf(), Content_Type="image/jpeg")[0] == 201
