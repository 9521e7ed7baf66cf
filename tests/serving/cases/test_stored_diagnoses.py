"""What can be done with an answer later: read, judge, look at, delete."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select, update

from serving.container import Services
from serving.persistence.models import Case as StoredCase
from tests.pictures import PictureFactory
from tests.serving.cases.asking import API, bearer, count, kept_files, post


def test_feedback_is_kept_and_replaced(client: FlaskClient, created: dict[str, Any]) -> None:
    address, headers = f"{API}/{created['id']}/feedback", bearer(created["token"])
    assert client.put(address, json={"verdict": "right"}, headers=headers).status_code == 200
    given = client.put(address, json={"verdict": "wrong", "condition": "bean.angular_leaf_spot"}, headers=headers)
    assert (given.status_code, given.json["verdict"]) == (200, "wrong")
    assert client.get(f"{API}/{created['id']}", headers=headers).json["feedback"] == given.json


@pytest.mark.parametrize(
    ("body", "status", "code", "wrong"),
    [
        ({"verdict": "perhaps"}, 422, "request_invalid", "verdict"),
        ({}, 422, "request_invalid", "verdict"),
        ({"verdict": "right", "note": "my name is"}, 422, "request_invalid", "note"),
        ({"verdict": "wrong", "condition": "bean.of_gold"}, 404, "condition_unknown", None),
    ],
)
def test_bad_feedback_is_refused(
    body: dict[str, str], status: int, code: str, wrong: str | None, client: FlaskClient, created: dict[str, Any]
) -> None:
    response = client.put(f"{API}/{created['id']}/feedback", json=body, headers=bearer(created["token"]))
    assert (response.status_code, response.json["code"]) == (status, code)
    assert [list(errors) for errors in response.json["errors"].values()] == ([] if wrong is None else [[wrong]])


def test_follow_up_is_counted_until_its_case_goes(
    client: FlaskClient, pictures: PictureFactory, agronomist: dict[str, str]
) -> None:
    first, again = (post(client, pictures.red(), crop="bean", consent="photos").json for _ in range(2))
    assert first is not None
    assert again is not None

    def counted() -> list[str]:
        return client.get("/desk/report/follow_ups.csv", headers=agronomist).text.splitlines()[1:]

    def say(**said: str) -> int:
        address = f"{API}/{first['id']}/follow-up"
        return client.put(address, json=said, headers=bearer(first["token"])).status_code

    assert [say(done="no", state="dead"), say(state="worse")] == [422, 422]
    assert say(done="partly", state="worse", later="a" * 22) == 200
    assert counted() == ["bean.rust,partly,worse,1,0"]
    assert say(done="yes", state="better", later=again["id"]) == 200
    assert counted() == ["bean.rust,yes,better,1,1"]
    client.delete(f"{API}/{again['id']}", headers=bearer(again["token"]))
    assert counted() == ["bean.rust,yes,better,1,0"]
    client.delete(f"{API}/{first['id']}", headers=bearer(first["token"]))
    assert counted() == []


def test_heatmap_lies_over_the_photo(client: FlaskClient, created: dict[str, Any]) -> None:
    response = client.get(f"{API}/{created['id']}/heatmaps/0", headers=bearer(created["token"]))
    image, photo = (
        Image.open(BytesIO(client.get(f"{API}/{created['id']}/{part}/0", headers=bearer(created["token"])).data))
        for part in ("heatmaps", "photos")
    )
    assert (response.mimetype, image.mode) == ("image/png", "RGBA")
    assert image.width / image.height == pytest.approx(photo.width / photo.height, rel=0.02)


def test_deleting_leaves_nothing(
    client: FlaskClient, created: dict[str, Any], services: Services, tmp_path: Path
) -> None:
    headers = bearer(created["token"])
    client.put(f"{API}/{created['id']}/feedback", json={"verdict": "right"}, headers=headers)
    assert len(kept_files(tmp_path)) == 1
    assert client.delete(f"{API}/{created['id']}", headers=headers).status_code == 204
    assert [count(services, table) for table in ("cases", "photos", "feedback")] == [0, 0, 0]
    assert kept_files(tmp_path) == []
    for path in ("", "/heatmaps/0", "/photos/0"):
        assert client.get(f"{API}/{created['id']}{path}", headers=headers).json["code"] == "diagnosis_unknown"
    assert client.delete(f"{API}/{created['id']}", headers=headers).json["code"] == "diagnosis_unknown"


def test_token_is_not_in_the_database(created: dict[str, Any], services: Services, tmp_path: Path) -> None:
    services.engine.dispose()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("majani.sqlite3*"))
    assert created["id"].encode() in stored
    assert created["token"].encode() not in stored


def test_what_another_release_stored_can_be_read(
    client: FlaskClient, created: dict[str, Any], services: Services
) -> None:
    with services.engine.begin() as connection:
        [answer] = connection.execute(select(StoredCase.answer)).scalars()
        told = {**answer, "later": 1, "photos": [{**photo, "later": 1} for photo in answer["photos"]]}
        connection.execute(update(StoredCase).values(answer=told))
    read = client.get(f"{API}/{created['id']}", headers=bearer(created["token"]))
    assert read.json["outcome"] == created["outcome"]
