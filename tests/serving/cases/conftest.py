"""An app of its own, and a case that it keeps."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.app import create_app
from serving.container import Services
from serving.settings import Settings
from tests.pictures import PictureFactory
from tests.serving.cases.asking import post
from tests.serving.live import UNLIMITED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def app(tiny_bundle_dir: Path, folder: Path) -> Flask:
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
def services(app: Flask) -> Iterator[Services]:
    found: Services = app.extensions["majani"]
    yield found
    found.engine.dispose()


@pytest.fixture
def created(client: FlaskClient, pictures: PictureFactory) -> dict[str, Any]:
    """A case with kept photos."""
    response = post(client, pictures.red(), consent="photos")
    assert response.status_code == 201
    found: dict[str, Any] = response.json
    return found
