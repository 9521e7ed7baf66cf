"""The service that the phone talks to: as it is run, with a database and photos of its own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.harness.port import free_port
from benchmarks.harness.service import SERVE_COMMAND
from benchmarks.harness.waiting import wait_until_ready
from benchmarks.serving_speed.server import ROOT, environment
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.engine import connect

_START_TIMEOUT_S = 30


@dataclass(frozen=True)
class Service:
    """A running service."""

    url: str
    log: Path  # File with one JSON object a line
    env: dict[str, str]  # What it was started with

    def make_token(self) -> str:
        """Make the token of an extension worker."""
        with self._access() as tokens:
            return tokens.create("Field phone", Role.EXTENSION, timedelta(days=1))

    def revoke_token(self, token: str) -> None:
        with self._access() as tokens:
            tokens.revoke(tokens.find(token).id)

    @contextmanager
    def _access(self) -> Iterator[AccessTokens]:
        engine = connect(self.env["MAJANI_DATABASE_URL"])
        yield AccessTokens(engine)
        engine.dispose()


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
