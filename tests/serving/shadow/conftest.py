"""Both databases, each real, as for the store; a challenger that sees things differently."""

from pathlib import Path

import pytest

from majani.bundle import Bundle, write_bundle
from tests.serving.store.conftest import empty_url, engine
from tests.tiny_bundle import tiny_bundle

__all__ = ["empty_url", "engine"]


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
