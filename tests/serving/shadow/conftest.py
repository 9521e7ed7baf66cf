"""A challenger that sees things differently."""

from pathlib import Path

import pytest
from flask import Flask

from majani.model.bundle import Bundle, write_bundle
from serving.app import create_app
from serving.settings import Settings
from tests.serving.conftest import ClosingClient
from tests.serving.live import NO_APP, UNLIMITED
from tests.tiny_bundle import tiny_bundle


def challenger() -> Bundle:
    """Calls red leaves angular leaf spot instead of rust, and green ones healthy like everybody."""
    bundle = tiny_bundle({"bean.rust": (0, 0, 0), "bean.angular_leaf_spot": (40, -20, -20)})
    assert bundle.manifest.version != tiny_bundle().manifest.version
    return bundle


@pytest.fixture(scope="session")
def challenger_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("challenger")
    write_bundle(challenger(), directory)
    return directory


@pytest.fixture
def app(tiny_bundle_dir: Path, challenger_dir: Path, tmp_path: Path) -> Flask:
    app = create_app(
        Settings(
            bundle=tiny_bundle_dir,
            shadow_dir=challenger_dir,
            app_dir=NO_APP,
            database_url=f"sqlite:///{tmp_path / 'majani.sqlite3'}",
            photos_url=str(tmp_path / "photos"),
            **UNLIMITED,
        )
    )
    app.test_client_class = ClosingClient
    return app
