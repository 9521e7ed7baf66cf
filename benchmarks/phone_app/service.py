"""The service that the phone talks to: as it is run, with a database and photos of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.port import free_port
from benchmarks.harness.service import SERVE_COMMAND
from benchmarks.harness.waiting import wait_until_ready
from benchmarks.serving_speed.server import ROOT, environment

_START_TIMEOUT_S = 30


@dataclass(frozen=True)
class Service:
    """A running service."""

    url: str
    log: Path  # File with one JSON object a line
    env: dict[str, str]  # What it was started with, for commands beside it

    def make_token(self, role: str) -> str:
        return self._access("create", "--name", "Field phone", "--role", role).strip()

    def revoke_tokens(self) -> None:
        for line in self._access("list").splitlines():
            self._access("revoke", line.split("\t")[0])

    def _access(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "flask", "--app", "serving.app", "access", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, check=True, capture_output=True, text=True)  # noqa: S603
        return done.stdout


@contextmanager
def run_service(work: Path, *, bundle: Path | None = None, app: Path | None = None) -> Iterator[Service]:
    port = free_port()
    env = environment(work, port)
    env |= {name: str(path) for name, path in (("MAJANI_BUNDLE", bundle), ("MAJANI_APP_DIR", app)) if path is not None}
    log = work / "service.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(SERVE_COMMAND, cwd=ROOT, env=env, stderr=stderr)  # noqa: S603
    service = Service(f"http://localhost:{port}", log, os.environ | env)
    try:
        wait_until_ready(service.url, process, timeout_s=_START_TIMEOUT_S, log=log)
        yield service
    finally:
        process.terminate()
        process.wait(timeout=_START_TIMEOUT_S)
