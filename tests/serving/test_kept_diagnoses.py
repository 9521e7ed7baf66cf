"""What can be done with an answer later: read, judge, look at, delete; and sending the same case twice."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import text
from werkzeug.test import TestResponse

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.app import create_app
from serving.services import Services
from serving.settings import Settings
from tests.pictures import PictureFactory
from tests.serving.conftest import Send
from tests.serving.live import UNLIMITED

API = "/v1/diagnoses"
KEY = "a-key-made-up-by-the-phone-0001"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def app(tiny_bundle_dir: Path, folder: Path) -> APIFlask:
    """An app of its own, with nothing in it yet."""
    return create_app(
        Settings(
            bundle=tiny_bundle_dir,
            database_url=f"sqlite:///{folder / 'majani.sqlite3'}",
            photos_url=str(folder / "photos"),
            **UNLIMITED,
        )
    )


@pytest.fixture
def services(app: APIFlask) -> Iterator[Services]:
    found: Services = app.extensions["majani"]
    yield found
    found.engine.dispose()


def post(client: FlaskClient, photo: bytes, *, key: str | None = None, **query: str) -> TestResponse:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(API, data=photo, content_type="image/jpeg", query_string=query, headers=headers)


@pytest.fixture
def created(client: FlaskClient, pictures: PictureFactory) -> dict[str, Any]:
    """A case with kept photos."""
    response = post(client, pictures.red(), consent="photos")
    assert response.status_code == 201
    found: dict[str, Any] = response.json
    return found


def count(services: Services, table: str) -> int:
    with services.engine.connect() as connection:
        return int(connection.scalar(text(f"SELECT count(*) FROM {table}")))  # noqa: S608


def kept_files(folder: Path) -> list[Path]:
    return list((folder / "photos").rglob("*.jpg"))


def test_answer_names_its_place(client: FlaskClient, created: dict[str, Any]) -> None:
    assert (created["keeps_photos"], len(created["id"]), len(created["token"])) == (True, 22, 43)
    shown = client.get(f"{API}/{created['id']}", headers=bearer(created["token"]))
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    same = {name: value for name, value in shown.json.items() if name not in ("created_at", "feedback")}
    assert same == {name: value for name, value in created.items() if name != "token"}
    assert shown.json["feedback"] is None


def test_location_header_leads_to_the_answer(client: FlaskClient, pictures: PictureFactory) -> None:
    response = post(client, pictures.red())
    assert client.get(response.headers["Location"], headers=bearer(response.json["token"])).status_code == 200


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


def test_photo_without_heatmap(client: FlaskClient, pictures: PictureFactory) -> None:
    created = post(client, pictures.dark()).json
    for part in ("heatmaps/0", "heatmaps/7", "photos/0"):
        response = client.get(f"{API}/{created['id']}/{part}", headers=bearer(created["token"]))
        assert (response.status_code, response.json["code"]) == (404, "not_found")


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


def test_without_consent_only_the_answer_is_kept(
    client: FlaskClient, pictures: PictureFactory, services: Services, folder: Path
) -> None:
    created = post(client, pictures.red()).json
    assert (created["keeps_photos"], kept_files(folder), count(services, "cases")) == (False, [], 1)


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"latitude": "-1.29", "longitude": "36.82"}, (None, None)),
        ({"latitude": "-1.29", "longitude": "36.82", "consent": "location"}, (-1.3, 36.8)),
        ({"consent": "location"}, (None, None)),
    ],
)
def test_place_needs_consent(
    fields: dict[str, str],
    kept: tuple[float | None, float | None],
    send: Send,
    services: Services,
    pictures: PictureFactory,
) -> None:
    assert send(API, [pictures.red()], **fields).status_code == 201
    with services.engine.connect() as connection:
        assert connection.execute(text("SELECT latitude, longitude FROM cases")).one() == kept


@pytest.mark.parametrize(
    "fields",
    [
        {"consent": "everything"},
        {"consent": "location", "latitude": "91", "longitude": "0"},
        {"consent": "location", "latitude": "nan", "longitude": "0"},
        {"consent": "location", "latitude": "1"},
        # Not to be kept, but wrong all the same: better heard of now than with the first consent.
        {"latitude": "91", "longitude": "0"},
    ],
)
def test_bad_consent_and_place_are_refused(fields: dict[str, str], send: Send, pictures: PictureFactory) -> None:
    assert send(API, [pictures.red()], **fields).json["code"] == "request_invalid"


def test_same_key_gives_the_same_answer(client: FlaskClient, pictures: PictureFactory, services: Services) -> None:
    first, again = (post(client, pictures.red(), key=KEY) for _ in range(2))
    assert (first.status_code, again.status_code, again.json) == (201, 201, first.json)
    assert count(services, "cases") == 1


def test_key_outlives_a_restart(client: FlaskClient, pictures: PictureFactory, services: Services) -> None:
    first = post(client, pictures.red(), key=KEY).json
    restarted = create_app(services.settings)
    assert post(restarted.test_client(), pictures.red(), key=KEY).json == first
    restarted.extensions["majani"].engine.dispose()


def test_copies_that_race_get_one_answer(
    app: APIFlask, pictures: PictureFactory, services: Services, folder: Path
) -> None:
    photo = pictures.red()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(app.test_client(), photo, key=KEY, consent="photos").json, range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert (count(services, "cases"), len(kept_files(folder))) == (1, 1)


@pytest.mark.parametrize("change", ["photo", "crop", "consent"])
def test_key_belongs_to_one_case(change: str, client: FlaskClient, pictures: PictureFactory) -> None:
    post(client, pictures.red(), key=KEY)
    photo = pictures.leaf() if change == "photo" else pictures.red()
    query = {"crop": {"crop": "bean"}, "consent": {"consent": "photos"}}.get(change, {})
    response = post(client, photo, key=KEY, **query)
    assert (response.status_code, response.json["code"]) == (422, "idempotency_key_reused")


def test_deleted_case_does_not_come_back(client: FlaskClient, pictures: PictureFactory) -> None:
    created = post(client, pictures.red(), key=KEY).json
    client.delete(f"{API}/{created['id']}", headers=bearer(created["token"]))
    response = post(client, pictures.red(), key=KEY)
    assert (response.status_code, response.json["code"]) == (410, "diagnosis_deleted")


@pytest.mark.parametrize("key", ["short", "x" * 129, "with a space in it", "schlüssel-mit-umlaut"])
def test_key_that_could_be_guessed_is_refused(key: str, client: FlaskClient, pictures: PictureFactory) -> None:
    assert post(client, pictures.red(), key=key).json["code"] == "request_invalid"


def test_token_is_not_in_the_database(created: dict[str, Any], services: Services, folder: Path) -> None:
    services.engine.dispose()
    stored = b"".join(path.read_bytes() for path in folder.glob("majani.sqlite3*"))
    assert created["id"].encode() in stored
    assert created["token"].encode() not in stored


class TestStorageAway:
    @pytest.fixture(autouse=True)
    def _away(self, services: Services, folder: Path) -> None:
        services.engine.dispose()
        for path in folder.glob("majani.sqlite3*"):
            path.unlink()
        (folder / "majani.sqlite3").mkdir()

    def test_farmer_is_answered_all_the_same(self, client: FlaskClient, pictures: PictureFactory) -> None:
        response = post(client, pictures.red())
        assert (response.status_code, response.json["outcome"]) == (201, "condition")
        assert (response.json["id"], response.json["token"], response.json["keeps_photos"]) == (None, None, False)

    @pytest.mark.parametrize(("key", "query"), [(KEY, {}), (None, {"consent": "photos"})])
    def test_who_counts_on_it_has_to_send_again(
        self, key: str | None, query: dict[str, str], client: FlaskClient, pictures: PictureFactory
    ) -> None:
        response = post(client, pictures.red(), key=key, **query)
        assert (response.status_code, response.json["code"]) == (503, "storage_unavailable")
        assert int(response.headers["Retry-After"]) > 0

    def test_page_answers_and_says_that_nothing_is_kept(
        self, send: Send, pictures: PictureFactory, folder: Path
    ) -> None:
        page = send("/", [pictures.red()], consent="photos", key=KEY)
        assert (page.status_code, "Bean rust" in page.text) == (200, True)
        assert "Your photos are not kept." in page.text
        assert "Was this right?" not in page.text
        # It was not tried once more.
        assert kept_files(folder) == []


class TestPage:
    def token(self, page: str) -> tuple[str, str]:
        found = re.search(r"/answers/([^/]+)/feedback", page), re.search(r'name="token" value="([^"]+)"', page)
        assert all(found)
        return found[0].group(1), found[1].group(1)  # type: ignore[union-attr]

    def test_feedback(self, client: FlaskClient, send: Send, pictures: PictureFactory, services: Services) -> None:
        public_id, token = self.token(send("/", [pictures.red()]).text)
        page = client.post(f"/answers/{public_id}/feedback", data={"token": token, "verdict": "wrong"})
        assert (page.status_code, "Thank you" in page.text) == (200, True)
        assert services.archive.cases.find(public_id).feedback.verdict == "wrong"  # type: ignore[union-attr]
        for data, status in (({"token": "x", "verdict": "wrong"}, 404), ({"token": token, "verdict": "no"}, 422)):
            assert client.post(f"/answers/{public_id}/feedback", data=data).status_code == status

    def test_delete(self, client: FlaskClient, send: Send, pictures: PictureFactory, folder: Path) -> None:
        page = send("/", [pictures.red()], consent="photos").text
        assert "Your photos are kept, as you allowed." in page
        # Whoever holds the phone next has allowed nothing.
        assert 'id="consent"' in page
        assert not re.search(r'<input type="checkbox"[^>]*checked', page)
        public_id, token = self.token(page)
        assert client.post(f"/answers/{public_id}/delete", data={"token": "x"}).status_code == 404
        assert len(kept_files(folder)) == 1
        assert "It is deleted" in client.post(f"/answers/{public_id}/delete", data={"token": token}).text
        assert kept_files(folder) == []

    def test_reloading_the_answer_makes_no_second_case(
        self, send: Send, pictures: PictureFactory, services: Services
    ) -> None:
        for photo, cases in ((pictures.red(), 1), (pictures.red(), 1), (pictures.leaf(), 2)):
            assert send("/", [photo], key=KEY).status_code == 200
            assert count(services, "cases") == cases

    def test_consent_is_off_until_given(self, client: FlaskClient) -> None:
        box = re.search(r'<input type="checkbox"[^>]*>', client.get("/").text)
        assert box is not None
        assert "checked" not in box.group()
