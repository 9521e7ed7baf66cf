"""What tests of fetching start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.training.fetch.project import PHOTOS, Project, pack
from tests.training.unreliable_server import UnreliableServer, unreliable_server


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path, monkeypatch)


@pytest.fixture
def server() -> Iterator[UnreliableServer]:
    with unreliable_server(pack(PHOTOS, root="repository-main/photos/")) as running:
        yield running
