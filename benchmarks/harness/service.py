"""The service under gunicorn, to be hurt: killed, frozen, stopped, started again, told to load another bundle."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.harness import waiting
from benchmarks.harness.port import free_port
from benchmarks.harness.process import family

ROOT = Path(__file__).parents[2]
# As it is shipped, from any folder.
SERVE_COMMAND = (sys.executable, "-m", "gunicorn", "-c", str(ROOT / "serving/gunicorn.conf.py"))
_UNIT = ROOT / "deploy/systemd/majani.service"
START_TIMEOUT_S = 60
WORKERS = 2
_MANY = "1000000 per second"


def unit_environment() -> dict[str, str]:
    """What the systemd unit sets beside the operator's settings."""
    lines = re.findall(r"^Environment=(.+)$", _UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(pair.split("=", 1) for line in lines for pair in line.split())


class Service:
    """A service on a port that stays the same over restarts."""

    def __init__(self, home: Path, bundle: Path, settings: Mapping[str, str], *, keeps_address: bool = False) -> None:
        """Prepare; its address may stay while it restarts, as with ``deploy/systemd/majani.socket``."""
        home.mkdir()
        self.port = free_port()
        self._socket = socket.create_server(("127.0.0.1", self.port), backlog=2048) if keeps_address else None
        self.log = home / "log"
        self._home = home
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MAJANI_")},
            "MAJANI_APP_DIR": str(ROOT / "web/dist"),
            "MAJANI_BUNDLE": str(bundle),
            "MAJANI_RATE_LIMIT": _MANY,
            "MAJANI_RATE_LIMIT_OTHER": _MANY,
            "MAJANI_TEXTS_DIR": str(ROOT / "data"),
            "PORT": str(self.port),
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(home),
            "WEB_CONCURRENCY": str(WORKERS),
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Service":
        self.start()
        self.wait_until_ready()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.kill()
        if self._socket is not None:
            self._socket.close()

    def start(self) -> None:
        command: tuple[str, ...] = SERVE_COMMAND
        passed: tuple[int, ...] = ()
        if self._socket is not None:
            # As systemd hands it over: file 3, and the process that it is for. Other shells know files up to 9 only.
            given = f'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3<&{self._socket.fileno()}'
            command, passed = ("bash", "-c", given, "bash", *SERVE_COMMAND), (self._socket.fileno(),)
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                cwd=self._home,
                pass_fds=passed,
                env=self._environment,
                stdout=output,
                stderr=output,
                # All its processes can then be reached at once.
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        if self._process is None:
            raise RuntimeError("the service was not started")
        url = f"http://127.0.0.1:{self.port}"
        waiting.wait_until_ready(url, self._process, timeout_s=START_TIMEOUT_S, log=self.log)

    def model_version(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
            return str(json.loads(answer.read())["model_version"])

    def workers(self) -> list[int]:
        return [] if self._process is None else family(self._process.pid)[1:]

    def stop(self) -> None:
        """Stop as an operator does, and wait until it has ended."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=START_TIMEOUT_S)
            self._process = None

    def kill(self) -> None:
        """Kill every process at once, as a power cut would, but for what the kernel still writes."""
        if self._process is not None:
            self._send(signal.SIGKILL)
            self._process.wait(timeout=START_TIMEOUT_S)
            self._process = None

    def load_anew(self) -> None:
        """Send SIGHUP, upon which the bundle is read again."""
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)

    def server_errors(self) -> list[str]:
        return [f"{status} {route}" for status, route in self.answers() if status >= 500]

    def answers(self) -> list[tuple[int, str | None]]:
        return [(line["status"], line["route"]) for line in self._lines() if "status" in line]

    def _send(self, which: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, which)

    def _lines(self) -> Iterator[dict[str, Any]]:
        with self.log.open("rb") as log:
            for text in log:
                try:
                    line = json.loads(text)
                # A library's own words, or a line that was cut when its process was killed.
                except ValueError:
                    continue
                if isinstance(line, dict):
                    yield line
