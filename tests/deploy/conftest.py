"""The app, to ask whether what ``deploy/`` names exists."""

from pathlib import Path

import pytest
from flask import Flask

from serving.app import create_app
from serving.settings import Settings
from tests.serving.live import NO_APP


@pytest.fixture(scope="session")
def app(tiny_bundle_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("deploy")
    kept = {"database_url": f"sqlite:///{folder / 'majani.sqlite3'}", "photos_url": str(folder / "photos")}
    return create_app(Settings(bundle=tiny_bundle_dir, app_dir=NO_APP, **kept))
