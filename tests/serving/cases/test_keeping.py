"""What is kept is what was allowed: once under a key, not what its sender gave up, and who counts on it is told."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from majani.decision.diagnoser import Diagnoser
from serving.container import Services
from tests.pictures import PictureFactory
from tests.serving.cases.asking import API, KEY, count, kept_files, post
from tests.serving.conftest import Send

HEADERS = {"Idempotency-Key": KEY}


def test_place_and_photos_need_consent(
    send: Send, services: Services, pictures: PictureFactory, tmp_path: Path
) -> None:
    place = {"latitude": "-1.29", "longitude": "36.82"}
    allowed = [place, place | {"consent": "location"}, {"consent": "location"}]
    assert [send(API, [pictures.red()], **fields).status_code for fields in allowed] == [201] * 3
    with services.engine.connect() as connection:
        kept = connection.execute(text("SELECT latitude, longitude FROM cases ORDER BY id")).all()
    assert kept == [(None, None), (-1.3, 36.8), (None, None)]
    assert kept_files(tmp_path) == []


def test_bad_consent_and_place_are_refused(send: Send, pictures: PictureFactory) -> None:
    at = {"consent": "location", "longitude": "0"}
    bad = [{"consent": "everything"}, {"consent": "location", "latitude": "1"}]
    bad += [at | {"latitude": latitude} for latitude in ("91", "nan", "1_0", "١٠")]
    # Not to be kept, but wrong all the same: better heard of now than with the first consent.
    bad.append({"latitude": "91", "longitude": "0"})
    for fields in bad:
        assert send(API, [pictures.red()], **fields).json["code"] == "request_invalid", fields


@pytest.mark.parametrize("photo", ["red", "png", "webp"])
def test_photos_that_can_be_read_are_kept_also_twice_and_answered_as_without_consent(
    photo: str, send: Send, pictures: PictureFactory, tmp_path: Path
) -> None:
    twice = getattr(pictures, photo)()
    photos = [pictures.gif(), twice, pictures.truncated_jpeg(), pictures.leaf(), twice]
    answers = [send(API, photos, **consent).json for consent in ({}, {"consent": "photos"})]
    assert [answer["candidates"] for answer in answers] == [answers[0]["candidates"]] * 2
    assert [answer["keeps_photos"] for answer in answers] == [False, True]
    kept = {path.stem[-2:]: path.read_bytes() for path in kept_files(tmp_path)}
    assert sorted(kept) == ["-1", "-3", "-4"]
    assert kept["-1"] == kept["-4"] != kept["-3"]


def test_a_photo_without_a_leaf_is_never_kept(
    send: Send, pictures: PictureFactory, services: Services, tmp_path: Path
) -> None:
    alone = send(API, [pictures.blue()], consent="photos").json
    assert (alone["outcome"], alone["keeps_photos"], kept_files(tmp_path)) == ("not_a_plant", False, [])
    beside = send(API, [pictures.red(), pictures.blue()], consent="photos").json
    case = services.repository.cases.find(beside["id"])
    assert [photo.path is not None for photo in case.photos] == [True, False]


def send_keyed(client: FlaskClient, photo: bytes) -> TestResponse:
    return post(client, photo, key=KEY, consent="photos")


def left(services: Services, folder: Path) -> tuple[int, int, int]:
    """Cases, keys and photos."""
    return count(services, "cases"), count(services, "idempotency_keys"), len(kept_files(folder))


def test_copies_that_race_get_one_answer(
    app: Flask, pictures: PictureFactory, services: Services, tmp_path: Path
) -> None:
    photo = pictures.red()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send_keyed(app.test_client(), photo).json, range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert left(services, tmp_path) == (1, 1, 1)


def test_what_has_arrived_is_deleted_by_its_key_alone_which_nobody_guesses(
    client: FlaskClient, pictures: PictureFactory, services: Services, tmp_path: Path
) -> None:
    assert send_keyed(client, pictures.red()).status_code == 201
    assert left(services, tmp_path) == (1, 1, 1)
    for headers in ({}, *({"Idempotency-Key": key} for key in ("short", "a" * 22, "0123" * 8, "x" * 129))):
        refused = client.delete(API, headers=headers)
        assert (refused.status_code, refused.json["code"]) == (422, "request_invalid")
    assert [client.delete(API, headers=HEADERS).status_code for _ in range(2)] == [204, 204]
    assert left(services, tmp_path) == (0, 1, 0)
    assert send_keyed(client, pictures.red()).json["code"] == "diagnosis_deleted"


def test_what_is_being_answered_is_not_kept(
    app: Flask, pictures: PictureFactory, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []
    examine = Diagnoser.examine

    def slowly(self: Diagnoser, *args: Any, **options: Any) -> Any:
        heard.append(app.test_client().delete(API, headers=HEADERS).status_code)
        return examine(self, *args, **options)

    monkeypatch.setattr(Diagnoser, "examine", slowly)
    assert send_keyed(app.test_client(), pictures.red()).json["code"] == "diagnosis_deleted"
    assert heard == [204]
    assert left(services, tmp_path) == (0, 1, 0)


@pytest.fixture
def _away(services: Services, tmp_path: Path) -> None:
    services.engine.dispose()
    for path in tmp_path.glob("majani.sqlite3*"):
        path.unlink()
    (tmp_path / "majani.sqlite3").mkdir()


@pytest.mark.usefixtures("_away")
def test_farmer_is_answered_all_the_same_and_who_counts_on_it_has_to_send_again(
    client: FlaskClient, pictures: PictureFactory
) -> None:
    response = post(client, pictures.red())
    assert (response.status_code, response.json["outcome"]) == (201, "condition")
    assert (response.json["id"], response.json["token"], response.json["keeps_photos"]) == (None, None, False)
    for response in (post(client, pictures.red(), key=KEY), post(client, pictures.red(), consent="photos")):
        assert (response.status_code, response.json["code"]) == (503, "storage_unavailable")
        assert int(response.headers["Retry-After"]) > 0


@pytest.mark.usefixtures("_away")
def test_page_answers_and_says_that_nothing_is_kept(send: Send, pictures: PictureFactory, tmp_path: Path) -> None:
    page = send("/", [pictures.red()], consent="photos", key=KEY)
    assert (page.status_code, "Bean rust" in page.text) == (200, True)
    assert 'data-photos="gone"' in page.text
    assert "Was this right?" not in page.text
    # It was not tried once more.
    assert kept_files(tmp_path) == []
