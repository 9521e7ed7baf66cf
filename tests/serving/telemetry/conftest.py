"""Two processes, watched from outside: their log and their metrics."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.serving.live import Server, serve

METRICS_TOKEN = "metrics-of-the-tests"  # noqa: S105 - of a server that lives for seconds


@dataclass(frozen=True)
class Watched:
    server: Server
    log: Path
    database_url: str

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def metrics(self) -> dict[str, float]:
        headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        text = requests.get(f"{self.server.url}/metrics", headers=headers, timeout=30).text
        samples = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in samples}


@pytest.fixture(scope="session")
def watched(tiny_bundle_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    not_a_folder = folder / "occupied"
    not_a_folder.touch()
    database_url = f"sqlite:///{folder / 'majani.sqlite3'}"
    with serve(
        tiny_bundle_dir,
        workers=2,
        log=folder / "server.log",
        metrics_token=METRICS_TOKEN,
        database_url=database_url,
        # The senders of these tests have addresses from before a proxy.
        trusted_proxies=1,
        # Photos cannot be kept there, which is trouble to be reported.
        photos_url=not_a_folder,
    ) as server:
        yield Watched(server, folder / "server.log", database_url)
