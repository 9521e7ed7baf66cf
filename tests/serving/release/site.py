"""A server that swaps, what it answers from, and clients that ask it all the time."""

import http.client
import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import waiting
from tests.serving.live import Server, serve
from tests.serving.release.folders import Folders

PATIENCE_S = 120
# What a client sees of a process that is killed.
LOST = ("RemoteDisconnected", "ConnectionResetError", "BrokenPipeError", "IncompleteRead")


@dataclass
class Traffic:
    """Clients that ask without a pause, some on a new connection each time, some on one that they keep."""

    server: Server
    photo: bytes
    versions: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def ask_until_told(self, *, keeps: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        while not self._stop.is_set():
            try:
                connection.request("POST", "/v1/diagnoses", self.photo, {"Content-Type": "image/jpeg"})
                response = connection.getresponse()
                answer = json.loads(response.read())
            # Whatever a client sees is a failure.
            except Exception as error:
                self.failures.append(repr(error))
                connection.close()
                continue
            if response.status == 201:
                self.versions.append(answer["model_version"])
            else:
                self.failures.append(str(answer))
            if not keeps:
                connection.close()
            # Leaves the machine something to swap with.
            time.sleep(0.02)
        connection.close()

    @contextmanager
    def flowing(self) -> Iterator[None]:
        clients = [threading.Thread(target=self.ask_until_told, kwargs={"keeps": keeps}) for keeps in (True, False) * 2]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            self._stop.set()
            for client in clients:
                client.join()


@dataclass(frozen=True)
class Site:
    """A server, what it answers from, and what it leaves about."""

    server: Server
    folders: Folders
    log: Path
    temporary: Path

    def hang_up(self) -> None:
        os.kill(self.server.process_id, signal.SIGHUP)

    def lines(self, word: str) -> list[dict[str, Any]]:
        return [one for one in map(json.loads, self.log.read_text().splitlines()) if word in one["event"]]

    def snapshots(self) -> list[Path]:
        return list(self.temporary.glob("majani-release-*"))

    def version(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        connection.request("GET", "/readyz")
        version: str = json.loads(connection.getresponse().read())["model_version"]
        connection.close()
        return version

    def refused(self) -> str:
        """Hang up, and wait for the reason why nothing came of it."""
        known = len(self.lines("not swapped"))
        self.hang_up()
        wait_until(lambda: len(self.lines("not swapped")) > known)
        reason: str = self.lines("not swapped")[-1]["event"]
        return reason


@contextmanager
def site_in(folder: Path) -> Iterator[Site]:
    folders, temporary, log = Folders.make(folder / "operator"), folder / "temporary", folder / "server.log"
    temporary.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        with serve(
            folders.bundle,
            workers=2,
            log=log,
            texts_dir=folders.texts_dir,
            database_url=f"sqlite:///{folder / 'majani.sqlite3'}",
            photos_url=folder / "photos",
        ) as server:
            assert len(metrics_of(server.process_id)) == 1
            yield Site(server, folders, log, temporary)
    assert list(temporary.glob("majani-*")) == []
    assert metrics_of(server.process_id) == []


def metrics_of(process_id: int) -> list[Path]:
    """Where a server keeps its metrics, which it has to clear away."""
    parents = (Path("/dev/shm"), Path(tempfile.gettempdir()))  # noqa: S108 - only looked into
    return [found for parent in parents for found in parent.glob(f"majani-metrics-{process_id}-*")]


def wait_until(is_so: Callable[[], object]) -> None:
    """Wait for what takes a new process or two."""
    waiting.wait_until(is_so, most_s=PATIENCE_S)
