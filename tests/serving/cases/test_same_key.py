"""Sending the same case twice counts once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from serving.app import create_app
from serving.container import Services
from tests.pictures import PictureFactory
from tests.serving.cases.asking import KEY, count, kept_files, post


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
    app: Flask, pictures: PictureFactory, services: Services, tmp_path: Path
) -> None:
    photo = pictures.red()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(app.test_client(), photo, key=KEY, consent="photos").json, range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert (count(services, "cases"), len(kept_files(tmp_path))) == (1, 1)
