"""What can be done with an answer later: read, judge, look at, delete."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.container import Services
from tests.serving.cases.asking import API, bearer, count, kept_files


@pytest.mark.parametrize("path", ["", "/heatmaps/0", "/photos/0"])
def test_only_who_may_can_read(path: str, client: FlaskClient, created: dict[str, Any], services: Services) -> None:
    address = f"{API}/{created['id']}{path}"
    assert client.get(address).json["code"] == "token_invalid"
    assert client.get(address, headers=bearer("x" * 43)).json["code"] == "diagnosis_unknown"
    tokens = AccessTokens(services.engine)
    for role in Role:
        assert (
            client.get(address, headers=bearer(tokens.create(role.value, role, timedelta(days=1)))).status_code == 200
        )


def test_unknown_and_forbidden_look_the_same(client: FlaskClient, created: dict[str, Any]) -> None:
    for public_id in (created["id"], "nobody"):
        response = client.get(f"{API}/{public_id}", headers=bearer("x" * 43))
        assert (response.status_code, response.json["code"]) == (404, "diagnosis_unknown")


def test_feedback_is_kept_and_replaced(client: FlaskClient, created: dict[str, Any], services: Services) -> None:
    address, headers = f"{API}/{created['id']}/feedback", bearer(created["token"])
    assert client.put(address, json={"verdict": "right"}, headers=headers).status_code == 200
    given = client.put(address, json={"verdict": "wrong", "condition": "bean.angular_leaf_spot"}, headers=headers)
    assert (given.status_code, given.json["verdict"]) == (200, "wrong")
    assert client.get(f"{API}/{created['id']}", headers=headers).json["feedback"] == given.json
    # An expert's verdict is a review, which is something else.
    expert = bearer(AccessTokens(services.engine).create("desk", Role.ADMIN, timedelta(days=1)))
    assert client.put(address, json={"verdict": "right"}, headers=expert).json["code"] == "diagnosis_unknown"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"verdict": "perhaps"}, 422, "request_invalid"),
        ({}, 422, "request_invalid"),
        ({"verdict": "right", "note": "my name is"}, 422, "request_invalid"),
        ({"verdict": "wrong", "condition": "bean.of_gold"}, 404, "condition_unknown"),
    ],
)
def test_bad_feedback_is_refused(
    body: dict[str, str], status: int, code: str, client: FlaskClient, created: dict[str, Any]
) -> None:
    response = client.put(f"{API}/{created['id']}/feedback", json=body, headers=bearer(created["token"]))
    assert (response.status_code, response.json["code"]) == (status, code)


def test_heatmap_lies_over_the_photo(client: FlaskClient, created: dict[str, Any]) -> None:
    response = client.get(f"{API}/{created['id']}/heatmaps/0", headers=bearer(created["token"]))
    image, photo = (
        Image.open(BytesIO(client.get(f"{API}/{created['id']}/{part}/0", headers=bearer(created["token"])).data))
        for part in ("heatmaps", "photos")
    )
    assert (response.mimetype, image.mode) == ("image/png", "RGBA")
    assert image.width / image.height == pytest.approx(photo.width / photo.height, rel=0.02)


def test_deleting_leaves_nothing(
    client: FlaskClient, created: dict[str, Any], services: Services, folder: Path
) -> None:
    headers = bearer(created["token"])
    client.put(f"{API}/{created['id']}/feedback", json={"verdict": "right"}, headers=headers)
    assert len(kept_files(folder)) == 1
    assert client.delete(f"{API}/{created['id']}", headers=headers).status_code == 204
    assert [count(services, table) for table in ("cases", "photos", "feedback")] == [0, 0, 0]
    assert kept_files(folder) == []
    for path in ("", "/heatmaps/0", "/photos/0"):
        assert client.get(f"{API}/{created['id']}{path}", headers=headers).json["code"] == "diagnosis_unknown"
    assert client.delete(f"{API}/{created['id']}", headers=headers).json["code"] == "diagnosis_unknown"


def test_administrators_delete_and_agronomists_do_not(
    client: FlaskClient, created: dict[str, Any], services: Services
) -> None:
    tokens = AccessTokens(services.engine)
    agronomist, admin = (
        bearer(tokens.create(role.value, role, timedelta(days=1))) for role in (Role.AGRONOMIST, Role.ADMIN)
    )
    assert client.delete(f"{API}/{created['id']}", headers=agronomist).json["code"] == "diagnosis_unknown"
    assert client.delete(f"{API}/{created['id']}", headers=admin).status_code == 204


def test_token_is_not_in_the_database(created: dict[str, Any], services: Services, folder: Path) -> None:
    services.engine.dispose()
    stored = b"".join(path.read_bytes() for path in folder.glob("majani.sqlite3*"))
    assert created["id"].encode() in stored
    assert created["token"].encode() not in stored
