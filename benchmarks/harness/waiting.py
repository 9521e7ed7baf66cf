"""Waiting until a server that was just started can be used; tests wait here too."""

import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

_LOG_CHARACTERS = 2000


def wait_until_listening(port: int, *, what: str, timeout_s: float, log: Path | None = None) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            return
    raise TimeoutError(f"no {what} within {timeout_s} s{_end(log)}")


def wait_until_ready(
    url: str, process: "subprocess.Popen[bytes]", *, timeout_s: float, log: Path | None = None
) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the service ended with {process.returncode}{_end(log)}")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310 - our own address
                return
        # Also what answers too slowly: on a busy machine it is only late.
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise TimeoutError(f"not ready within {timeout_s} s{_end(log)}")


def _end(log: Path | None) -> str:
    return "" if log is None else f":\n{log.read_text(errors='replace')[-_LOG_CHARACTERS:]}"
