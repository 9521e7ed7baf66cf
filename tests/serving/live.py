"""The service as it really runs, under gunicorn, on a free port of this machine."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.port import free_port
from benchmarks.harness.service import SERVE_COMMAND
from benchmarks.harness.waiting import wait_until_ready

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 30
# Tests send more from one address than a village.
UNLIMITED = {"rate_limit": "1000000 per second", "rate_limit_other": "1000000 per second"}
# Leave out the phone app, so tests do not depend on a build of it.
NO_APP = Path("/absent/app")


@dataclass(frozen=True)
class Server:
    port: int
    process_id: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def workers(self) -> list[int]:
        """Processes that answer; the master may have another child, which checks a new bundle."""
        children = Path(f"/proc/{self.process_id}/task/{self.process_id}/children").read_text().split()
        commands = {int(child): _command_of(child) for child in children}
        return [child for child, command in commands.items() if b"gunicorn" in command]


@contextmanager
def serve(bundle: Path, *, workers: int = 1, log: Path | None = None, **settings: object) -> Iterator[Server]:
    port = free_port()
    given = {"bundle": bundle, "app_dir": NO_APP, **UNLIMITED, **settings}
    own = {f"MAJANI_{name.upper()}": str(value) for name, value in given.items()}
    with log.open("wb") if log else nullcontext() as stderr:
        process = subprocess.Popen(
            SERVE_COMMAND,
            cwd=ROOT,
            env=os.environ | own | {"PORT": str(port), "WEB_CONCURRENCY": str(workers)},
            stderr=stderr,
        )
    server = Server(port, process.pid)
    try:
        wait_until_ready(server.url, process, timeout_s=START_TIMEOUT_S)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=START_TIMEOUT_S)


def _command_of(process_id: str) -> bytes:
    try:
        return Path(f"/proc/{process_id}/cmdline").read_bytes()
    # It has ended since.
    except OSError:
        return b""
