"""The service under gunicorn, to be hurt: its processes can be found, killed, told to load anew and started again."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.port import free_port
from benchmarks.serving_speed.process import family

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 60
WORKERS = 2
_MANY = "1000000 per second"


class Service:
    """A service on a port that stays the same over restarts.

    Attributes:
        log: What all its processes said.
    """

    def __init__(self, log: Path, bundle: Path, settings: Mapping[str, str]) -> None:
        """Prepare.

        Args:
            log: File to write to.
            bundle: Folder of the bundle to answer from.
            settings: Further environment variables.
        """
        self.port = free_port()
        self.log = log
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MAJANI_")},
            "MAJANI_BUNDLE": str(bundle),
            "MAJANI_RATE_LIMIT": _MANY,
            "MAJANI_RATE_LIMIT_OTHER": _MANY,
            "PORT": str(self.port),
            "WEB_CONCURRENCY": str(WORKERS),
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Service":
        """Start, and wait until it is ready."""
        self.start()
        self.wait_until_ready()
        return self

    def __exit__(self, *_: object) -> None:
        """End it with all its processes."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=START_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def start(self) -> None:
        """Start, and wait for nothing."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "-c", "serving/gunicorn.conf.py", "serving.app:create_app()"],
                cwd=ROOT,
                env=self._environment,
                stdout=output,
                stderr=output,
            )

    def wait_until_ready(self) -> None:
        """Wait for a worker.

        Raises:
            TimeoutError: If there is none in time.
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise TimeoutError(f"not ready within {START_TIMEOUT_S} s:\n{self.log.read_text()[-2000:]}")

    def workers(self) -> list[int]:
        """Process ids of the living workers."""
        return [] if self._process is None else family(self._process.pid)[1:]

    def kill(self) -> None:
        """Kill every process at once, as a power cut would, but for what the kernel still writes."""
        if self._process is None:
            return
        # The first would bring up new workers.
        for pid in family(self._process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait(timeout=START_TIMEOUT_S)
        self._process = None

    def load_anew(self) -> None:
        """Send SIGHUP, upon which the bundle is read again."""
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)

    def server_errors(self, *, since: int = 0) -> list[str]:
        """What the log says about requests that failed on the service's side.

        Args:
            since: Size of the log in bytes from where on to read.
        """
        return [f"{line['status']} {line['route']}" for line in self._lines(since) if int(line.get("status", 0)) >= 500]

    def _lines(self, since: int) -> Iterator[dict[str, str]]:
        with self.log.open("rb") as log:
            log.seek(since)
            for text in log:
                try:
                    line = json.loads(text)
                # A library's own words, or a line that was cut when its process was killed.
                except ValueError:
                    continue
                if isinstance(line, dict):
                    yield line
