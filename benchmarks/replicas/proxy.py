"""nginx in front of the replicas, with the configuration that is deployed."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.faults.service import ROOT
from benchmarks.harness.port import free_port
from benchmarks.harness.waiting import wait_until_listening

CONFIGURATION = ROOT / "deploy/nginx.conf"
# All that is another here than where it is deployed: what nginx listens on, where it writes, and whom it asks.
_LISTEN, _FOLDER, _REPLICAS = "listen 8080;", "/dev/shm/", ("replica-1:8000", "replica-2:8000")  # noqa: S108
# Debian keeps it out of the way of other accounts than root.
_DEBIAN = Path("/usr/sbin/nginx")
_START_TIMEOUT_S = 10
_STOP_TIMEOUT_S = 10


class Proxy:
    """nginx on a port of its own."""

    def __init__(self, binary: Path, replicas: Sequence[int], folder: Path) -> None:
        """Write its configuration.

        Args:
            binary: Of nginx.
            replicas: The ports of the two replicas.
            folder: Absent; for all that nginx writes.
        """
        folder.mkdir()
        self.port = free_port()
        self.log = folder / "log"
        adapted = adapt(CONFIGURATION.read_text(), port=self.port, replicas=replicas, folder=folder)
        (folder / "nginx.conf").write_text(adapted)
        # A container has no account for it either.
        account = " user root;" if os.geteuid() == 0 else ""
        own = f"daemon off;{account}"
        self._command = [str(binary), "-e", "stderr", "-p", str(folder), "-c", f"{folder}/nginx.conf", "-g", own]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it listens.

        Raises:
            TimeoutError: If it does not in time.
        """
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(self._command, stdout=output, stderr=output)  # noqa: S603
        wait_until_listening(self.port, what="nginx", timeout_s=_START_TIMEOUT_S, log=self.log)

    def reload(self) -> None:
        """Have it read its configuration anew."""
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=_STOP_TIMEOUT_S)
            self._process = None


def adapt(text: str, *, port: int, replicas: Sequence[int], folder: Path) -> str:
    """A deployed configuration for this machine.

    Args:
        text: The configuration.
        port: What to listen on.
        replicas: The ports of the two replicas.
        folder: For all that nginx writes.

    Raises:
        ValueError: If something that has to be replaced is not there.
    """
    others = [f"127.0.0.1:{replica}" for replica in replicas]
    replacements = {_LISTEN: f"listen 127.0.0.1:{port};", _FOLDER: f"{folder}/"}
    for old, new in {**replacements, **dict(zip(_REPLICAS, others, strict=True))}.items():
        if old not in text:
            raise ValueError(f"{CONFIGURATION.name} has no {old!r} any more")
        text = text.replace(old, new)
    return text


def find_binary() -> Path | None:
    """``nginx``, or None if it is not installed."""
    found = shutil.which("nginx")
    if found is not None:
        return Path(found)
    return _DEBIAN if _DEBIAN.exists() else None


@contextmanager
def run_proxy(binary: Path, replicas: Sequence[int], folder: Path) -> Iterator[Proxy]:
    """Start nginx as :class:`Proxy` says, and leave nothing behind."""
    proxy = Proxy(binary, replicas, folder)
    try:
        proxy.start()
        yield proxy
    finally:
        proxy.stop()
