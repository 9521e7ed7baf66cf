"""What can be done with an answer later, also on the page: read, judge, look at, delete."""

import re
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
from tests.serving.cases.asking import API, KEY, bearer, count, kept_files, post
from tests.serving.conftest import Send


def test_good_feedback_is_kept_and_replaced(client: FlaskClient, created: dict[str, Any]) -> None:
    address, headers = f"{API}/{created['id']}/feedback", bearer(created["token"])
    assert client.put(address, json={"verdict": "right"}, headers=headers).status_code == 200
    given = client.put(address, json={"verdict": "wrong", "condition": "bean.angular_leaf_spot"}, headers=headers)
    assert (given.status_code, given.json["verdict"]) == (200, "wrong")
    for body, status, code, wrong in (
        ({"verdict": "perhaps"}, 422, "request_invalid", ["verdict"]),
        ({}, 422, "request_invalid", ["verdict"]),
        ({"verdict": "right", "note": "my name is"}, 422, "request_invalid", ["note"]),
        ({"verdict": "wrong", "condition": "bean.of_gold"}, 404, "condition_unknown", []),
    ):
        refused = client.put(address, json=body, headers=headers)
        assert (refused.status_code, refused.json["code"]) == (status, code)
        assert [name for errors in refused.json["errors"].values() for name in errors] == wrong
    assert client.get(f"{API}/{created['id']}", headers=headers).json["feedback"] == given.json


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
    heatmap, photo = (
        client.get(f"{API}/{created['id']}/{part}/0", headers=bearer(created["token"]))
        for part in ("heatmaps", "photos")
    )
    over, under = (Image.open(BytesIO(answer.data)) for answer in (heatmap, photo))
    assert (heatmap.mimetype, over.mode) == ("image/png", "RGBA")
    assert over.width / over.height == pytest.approx(under.width / under.height, rel=0.02)


def test_deleting_leaves_nothing_of_a_case_whose_token_was_never_stored(
    client: FlaskClient, created: dict[str, Any], services: Services, tmp_path: Path
) -> None:
    headers = bearer(created["token"])
    client.put(f"{API}/{created['id']}/feedback", json={"verdict": "right"}, headers=headers)
    assert len(kept_files(tmp_path)) == 1
    services.engine.dispose()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("majani.sqlite3*"))
    assert created["id"].encode() in stored
    assert created["token"].encode() not in stored
    assert client.delete(f"{API}/{created['id']}", headers=headers).status_code == 204
    assert [count(services, table) for table in ("cases", "photos", "feedback")] == [0, 0, 0]
    assert kept_files(tmp_path) == []
    for path in ("", "/heatmaps/0", "/photos/0"):
        assert client.get(f"{API}/{created['id']}{path}", headers=headers).json["code"] == "diagnosis_unknown"
    assert client.delete(f"{API}/{created['id']}", headers=headers).json["code"] == "diagnosis_unknown"
    judged = client.put(f"{API}/{created['id']}/feedback", json={"verdict": "right"}, headers=headers)
    assert judged.json["code"] == "diagnosis_unknown"


def test_what_another_release_stored_can_be_read(
    client: FlaskClient, created: dict[str, Any], services: Services
) -> None:
    with services.engine.begin() as connection:
        [answer] = connection.execute(select(StoredCase.answer)).scalars()
        told = {**answer, "later": 1, "photos": [{**photo, "later": 1} for photo in answer["photos"]]}
        connection.execute(update(StoredCase).values(answer=told))
    read = client.get(f"{API}/{created['id']}", headers=bearer(created["token"]))
    assert read.json["outcome"] == created["outcome"]


def test_an_answer_is_judged_and_deleted(
    client: FlaskClient, send: Send, pictures: PictureFactory, services: Services, tmp_path: Path
) -> None:
    page = send("/", [pictures.red()], consent="photos").text
    assert 'data-photos="kept"' in page
    # The next person with this phone has not agreed to anything.
    assert 'id="consent"' in page
    assert not re.search(r'<input type="checkbox"[^>]*checked', page)
    [public_id] = re.findall(r"/answers/([^/]+)/feedback", page)
    token = re.findall(r'name="token" value="([^"]+)"', page)[0]
    judged = client.post(f"/answers/{public_id}/feedback", data={"token": token, "verdict": "wrong"})
    assert (judged.status_code, 'id="judged"' in judged.text) == (200, True)
    assert services.repository.cases.find(public_id).feedback.verdict == "wrong"  # type: ignore[union-attr]
    for data, status in (({"token": "x", "verdict": "wrong"}, 404), ({"token": token, "verdict": "no"}, 422)):
        assert client.post(f"/answers/{public_id}/feedback", data=data).status_code == status
    assert client.post(f"/answers/{public_id}/delete", data={"token": "x"}).status_code == 404
    assert len(kept_files(tmp_path)) == 1
    assert 'id="deleted"' in client.post(f"/answers/{public_id}/delete", data={"token": token}).text
    assert kept_files(tmp_path) == []


def test_reloading_the_answer_makes_no_second_case(send: Send, pictures: PictureFactory, services: Services) -> None:
    for photo, cases in ((pictures.red(), 1), (pictures.red(), 1), (pictures.leaf(), 2)):
        assert send("/", [photo], key=KEY).status_code == 200
        assert count(services, "cases") == cases


NAMED = [
    {"id": one, "name": one, "crop": "bean", "crop_name": "Common bean", "probability": 0.5}
    for one in ("bean.rust", "bean.angular_leaf_spot")
]
OF_CROP = {"crop": "bean", "parent": None, "sick": True, "statement": "Common bean: looks sick", "probability": 0.9}
OLDER: dict[str, tuple[dict[str, Any], str | None, str]] = {
    "0.1, named": ({"outcome": "condition", "condition": NAMED[0], "candidates": NAMED}, "probably", "Bean rust"),
    "0.2, coarse": ({"outcome": "uncertain", "coarse": OF_CROP, "candidates": NAMED}, "not_clear", "Angular leaf spot"),
    "0.3, set": (
        {"outcome": "uncertain", "one_of": {"conditions": NAMED, "blind_spots": []}, "candidates": NAMED},
        *("one_of", "Angular leaf spot"),
    ),
    "0.3, another crop": (
        {"outcome": "uncertain", "coarse": OF_CROP | {"crop": "maize"}, "crop_hint": "bean", "candidates": []},
        *("not_clear", "Maize"),
    ),
    "0.3, refused": ({"outcome": "unknown_plant", "candidates": NAMED}, None, ""),
}


@pytest.mark.parametrize("kind", OLDER)
def test_answers_of_older_releases_are_said_by_their_grade(
    kind: str, client: FlaskClient, created: dict[str, Any], services: Services, agronomist: dict[str, str]
) -> None:
    kept, grade, named = OLDER[kind]
    photos = [{"used": True, "retake": [], "error": None}]
    answer = {"condition": None, "coarse": None, "crop_hint": None, "model_version": "1", "photos": photos} | kept
    with services.engine.begin() as connection:
        connection.execute(update(StoredCase).values(answer=answer, outcome=kept["outcome"], condition=None))
    shown = client.get(f"{API}/{created['id']}", headers=bearer(created["token"])).json
    assert (shown["outcome"], shown["grade"], named in shown["display"]["title"]) == (kept["outcome"], grade, True)
    # Nobody had counted how often that is right in a field never seen.
    assert (shown["display"]["sure"] is None) is (kind != "0.1, named")
    page = client.post(f"/answers/{created['id']}/expert?language=en", data={"token": created["token"]})
    assert (page.status_code, named in page.text) == (200, True)
    assert client.get(f"/desk/cases/{created['id']}", headers=agronomist).status_code == 200
