from collections.abc import Iterator
from pathlib import Path

import pooch.core
import pytest

from tests.training.archive_server import ArchiveServer, archive_server
from tests.training.fetch.project import PHOTOS, Project, pack


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path, monkeypatch)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArchiveServer]:
    monkeypatch.setattr(pooch.core.time, "sleep", lambda _: None)
    with archive_server(pack(PHOTOS, root="repository-main/photos/")) as running:
        yield running
