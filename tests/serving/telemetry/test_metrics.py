"""What is counted, over all processes, and who may see it."""

import os
import signal

import pytest
import requests
from flask.testing import FlaskClient

from majani.decision.diagnoser import Diagnoser
from serving.telemetry.metrics import REGISTRY, observe_diagnosis
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp
from tests.serving.telemetry.conftest import METRICS_TOKEN, Watched
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def client(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return make_app(tmp_path_factory.mktemp("metrics"), metrics_token=METRICS_TOKEN).test_client()


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


def test_metrics_need_their_token(client: FlaskClient) -> None:
    for given in ({}, *({"Authorization": value} for value in (METRICS_TOKEN, "Bearer x", "Bearer é"))):
        response = client.get("/metrics", headers=given)
        assert (response.status_code, response.json["code"]) == (401, "token_invalid"), given
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_requests_are_counted_by_route_method_and_status_and_nobody_makes_up_labels(client: FlaskClient) -> None:
    labels = {"route": "/v1/advice/<condition_id>", "method": "GET", "status": "4xx"}
    before = sample("majani_request_seconds_count", **labels)
    for number in range(3):
        client.get(f"/v1/advice/made-up-{number}")
        client.open(f"/made-up-{number}", method=f"MADEUP{number}")
    assert sample("majani_request_seconds_count", **labels) == before + 3
    text = client.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}).text
    assert 'route="unknown"' in text
    assert 'method="other"' in text
    assert "made-up" not in text.lower()
    assert "madeup" not in text.lower()


def test_an_answer_is_counted_with_its_confidence(diagnoser: Diagnoser, pictures: PictureFactory) -> None:
    diagnosis = diagnoser.diagnose([pictures.red(), pictures.dark()])
    version = diagnosis.model_version
    labels = {"outcome": "condition", "grade": "most_likely", "model_version": version, "origin": "api"}
    before = sample("majani_diagnoses_total", **labels), sample("majani_photos_sent_back_total", reason="too_dark")
    known = sample("majani_condition_probability_count", model_version=version)
    observe_diagnosis(diagnosis, origin="api")
    after = sample("majani_diagnoses_total", **labels), sample("majani_photos_sent_back_total", reason="too_dark")
    assert after == (before[0] + 1, before[1] + 1)
    assert sample("majani_condition_probability_count", model_version=version) == known + 1


def test_processes_are_counted_together_and_survive_one_of_them(watched: Watched) -> None:
    name = 'majani_request_seconds_count{method="GET",route="/v1/model",status="2xx"}'
    at_first = watched.metrics()
    # Counters of alerts are there before they grow.
    assert at_first['majani_storage_failures_total{storage="database"}'] == 0
    assert 'majani_errors_total{code="internal_error"}' in at_first
    before = at_first.get(name, 0)
    for _ in range(20):
        requests.get(f"{watched.server.url}/v1/model", timeout=30)
    # Whichever process answers knows of all.
    assert [watched.metrics()[name] for _ in range(10)] == [before + 20] * 10

    victim = watched.server.workers[0]
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: len(set(watched.server.workers) - {victim}) == 2)
    after = watched.metrics()
    assert after[name] == before + 20
    assert (after["majani_running_cases"], after["majani_waiting_cases"]) == (0, 0)
    assert [value for key, value in after.items() if key.startswith("majani_build_info")] == [1]
