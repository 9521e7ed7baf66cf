"""What is kept is what was allowed."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from serving.container import Services
from tests.pictures import PictureFactory
from tests.serving.cases.asking import API, count, kept_files, post
from tests.serving.conftest import Send


def test_without_consent_only_the_answer_is_kept(
    client: FlaskClient, pictures: PictureFactory, services: Services, tmp_path: Path
) -> None:
    created = post(client, pictures.red()).json
    assert (created["keeps_photos"], kept_files(tmp_path), count(services, "cases")) == (False, [], 1)


def test_place_needs_consent(send: Send, services: Services, pictures: PictureFactory) -> None:
    place = {"latitude": "-1.29", "longitude": "36.82"}
    allowed = [place, place | {"consent": "location"}, {"consent": "location"}]
    assert [send(API, [pictures.red()], **fields).status_code for fields in allowed] == [201] * 3
    with services.engine.connect() as connection:
        kept = connection.execute(text("SELECT latitude, longitude FROM cases ORDER BY id")).all()
    assert kept == [(None, None), (-1.3, 36.8), (None, None)]


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
