"""Agronomists see how much the service is used, day by day, and nothing about a single case."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp


@pytest.fixture(scope="module")
def app(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("usage"))


def test_cases_are_counted(client: FlaskClient, agronomist: dict[str, str], pictures: PictureFactory) -> None:
    kinds = {"content_type": "image/jpeg", "headers": {"Accept-Language": "sw"}}
    created = client.post("/v1/diagnoses", data=pictures.red(), **kinds)
    client.post("/", data=pictures.red(), content_type="image/jpeg")
    own = {"Authorization": f"Bearer {created.json['token']}"}
    client.put(f"/v1/diagnoses/{created.json['id']}/feedback", json={"verdict": "right"}, headers=own)
    answer = client.get("/v1/usage?days=2", headers=agronomist)
    # Both of the last two, in case it is midnight.
    [earlier, today] = answer.json["days"]
    [used] = [day for day in (earlier, today) if day["cases"]]
    assert used == {
        "day": used["day"],
        "cases": 2,
        "outcomes": {created.json["outcome"]: 2},
        "model_versions": {created.json["model_version"]: 2},
        "languages": {"sw": 1, "en": 1},
        "origins": {"api": 1, "page": 1},
        "verdicts": {"right": 1},
    }
