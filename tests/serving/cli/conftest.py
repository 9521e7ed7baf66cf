"""Commands beside a database that a service has made."""

import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from serving.app import create_command_app
from serving.settings import Settings
from tests.serving.live import UNLIMITED


@pytest.fixture
def settings(tiny_bundle_dir: Path, tmp_path: Path) -> Settings:
    kept = {"database_url": f"sqlite:///{tmp_path / 'majani.sqlite3'}", "photos_url": str(tmp_path / "photos")}
    return Settings.model_validate({"bundle": tiny_bundle_dir, "delivery_retention_days": 10, **kept, **UNLIMITED})


@pytest.fixture
def runner(settings: Settings, migrated_file: Path, tmp_path: Path) -> FlaskCliRunner:
    shutil.copy(migrated_file, tmp_path / "majani.sqlite3")
    return create_command_app(settings).test_cli_runner()
