"""A challenger that sees things differently."""

from pathlib import Path

import pytest
from flask import Flask

from majani.model.bundle import Bundle, write_bundle
from tests.serving.conftest import MakeApp
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
def app(make_app: MakeApp, challenger_dir: Path, tmp_path: Path) -> Flask:
    return make_app(tmp_path, shadow_dir=challenger_dir)
