"""An app of its own, and a case that it keeps."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.container import Services
from tests.pictures import PictureFactory
from tests.serving.cases.asking import post
from tests.serving.conftest import MakeApp


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path) -> Flask:
    return make_app(tmp_path)


@pytest.fixture
def services(app: Flask) -> Iterator[Services]:
    found: Services = app.extensions["majani"]
    yield found
    found.engine.dispose()


@pytest.fixture
def created(client: FlaskClient, pictures: PictureFactory) -> dict[str, Any]:
    response = post(client, pictures.red(), consent="photos")
    assert response.status_code == 201
    found: dict[str, Any] = response.json
    return found
