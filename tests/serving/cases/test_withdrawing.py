"""One key is one case; one that its sender gave up is gone, whether it came before the word of that or beside it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from majani.decision.diagnoser import Diagnoser
from serving.container import Services
from tests.pictures import PictureFactory
from tests.serving.cases.asking import API, KEY, count, kept_files, post

HEADERS = {"Idempotency-Key": KEY}


def send(client: FlaskClient, photo: bytes) -> TestResponse:
    return post(client, photo, key=KEY, consent="photos")


def left(services: Services, folder: Path) -> tuple[int, int, int]:
    """Cases, keys and photos."""
    return count(services, "cases"), count(services, "idempotency_keys"), len(kept_files(folder))


def test_copies_that_race_get_one_answer(
    app: Flask, pictures: PictureFactory, services: Services, tmp_path: Path
) -> None:
    photo = pictures.red()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(app.test_client(), photo).json, range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert left(services, tmp_path) == (1, 1, 1)


def test_what_has_arrived_is_deleted_by_its_key_alone_which_nobody_guesses(
    client: FlaskClient, pictures: PictureFactory, services: Services, tmp_path: Path
) -> None:
    assert send(client, pictures.red()).status_code == 201
    assert left(services, tmp_path) == (1, 1, 1)
    for headers in ({}, {"Idempotency-Key": "short"}):
        refused = client.delete(API, headers=headers)
        assert (refused.status_code, refused.json["code"]) == (422, "request_invalid")
    assert [client.delete(API, headers=HEADERS).status_code for _ in range(2)] == [204, 204]
    assert left(services, tmp_path) == (0, 1, 0)
    assert send(client, pictures.red()).json["code"] == "diagnosis_deleted"


def test_what_is_being_answered_is_not_kept(
    app: Flask, pictures: PictureFactory, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []
    examine = Diagnoser.examine

    def slowly(self: Diagnoser, *args: Any, **options: Any) -> Any:
        heard.append(app.test_client().delete(API, headers=HEADERS).status_code)
        return examine(self, *args, **options)

    monkeypatch.setattr(Diagnoser, "examine", slowly)
    assert send(app.test_client(), pictures.red()).json["code"] == "diagnosis_deleted"
    assert heard == [204]
    assert left(services, tmp_path) == (0, 1, 0)
