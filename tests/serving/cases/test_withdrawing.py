"""A case that its sender gave up is gone, whether it came before the word of that, after it or at the same time."""

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


def test_what_has_arrived_is_deleted_by_its_key_alone(
    client: FlaskClient, pictures: PictureFactory, services: Services, tmp_path: Path
) -> None:
    assert send(client, pictures.red()).status_code == 201
    assert left(services, tmp_path) == (1, 1, 1)
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


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "short"}], ids=["none", "guessable"])
def test_a_key_is_needed(headers: dict[str, str], client: FlaskClient) -> None:
    answer = client.delete(API, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (422, "request_invalid")
