"""The service as it really runs, under gunicorn, on a free port of this machine."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 30


@dataclass(frozen=True)
class Server:
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serve(bundle: Path, **settings: object) -> Iterator[Server]:
    """Start one worker, wait until it is ready, and end it afterwards.

    Args:
        bundle: What to answer from.
        settings: Fields of :class:`serving.settings.Settings`.
    """
    server = Server(_free_port())
    own = {f"MAJANI_{name.upper()}": str(value) for name, value in {"bundle": bundle, **settings}.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "serving/gunicorn.conf.py", "serving.app:create_app()"],
        cwd=ROOT,
        env=os.environ | own | {"PORT": str(server.port), "WEB_CONCURRENCY": "1"},
    )
    try:
        _wait_until_ready(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=START_TIMEOUT_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"gunicorn ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"{server.url}/readyz", timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise TimeoutError(f"not ready within {START_TIMEOUT_S} s")
