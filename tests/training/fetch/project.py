"""A project of its own, with descriptions, a mirror and a folder of photos, for tests of fetching."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.training.archive_server import ArchiveServer
from tests.training.described import description, taxonomy, write_data
from tests.training.files import pack_zip, read_files, write_files
from tests.training.typed import typed
from training.sources.description import read_sources
from training.sources.origins import Supply
from training.stages import fetch as stage

PHOTOS = {"rusty/1.jpg": b"one", "rusty/2.JPG": b"two", "fine/1.png": b"three"}


def pack(photos: Mapping[str, bytes], root: str = "") -> bytes:
    buffer = io.BytesIO()
    pack_zip(buffer, {root + name: content for name, content in photos.items()})
    return buffer.getvalue()


class Project:
    """A project with its own descriptions, mirror and raw folder; ``run`` is what ``majani-train fetch``
    does."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.raw, self.mirror = root, root / "data/raw", root / "mirror"
        write_data(root)
        self.mirror.mkdir()
        monkeypatch.chdir(root)
        monkeypatch.setenv("MAJANI_MIRROR", str(self.mirror))

    def add(self, name: str, **more: Any) -> None:
        (self.root / f"data/sources/{name}.yaml").write_text(yaml.safe_dump(description(name, **more)))

    def add_mirrored(self, name: str, photos: Mapping[str, bytes] = PHOTOS) -> None:
        self.add(name)
        write_files(self.mirror / name, photos)

    def run(self, *arguments: str) -> int:
        return typed("fetch", *arguments)

    def photos(self, name: str) -> dict[str, bytes]:
        return read_files(self.raw / name)

    def record(self, name: str) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.raw / f"{name}.json").read_text())
        return loaded


def offered(server: ArchiveServer, **more: str) -> dict[str, Any]:
    place = {"url": server.url, "archive": "zip", "root": "repository-main/photos", **more}
    return {"download": [place], "download_by_hand": None}


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of every file: the same if nothing was written."""
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def fetched_from(project: Project, supply: Supply) -> list[tuple[str, str, str]]:
    sources = read_sources(project.root / "data/sources", taxonomy())
    return stage.fetch_all(sources.values(), project.raw, supply)
