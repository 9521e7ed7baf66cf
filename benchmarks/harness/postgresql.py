"""A PostgreSQL of this machine with a database of its own, to be stopped and started; also what tests run against."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness.absence import NotHereError
from benchmarks.harness.port import free_port

# Debian keeps them out of the way of other versions.
_DEBIAN = Path("/usr/lib/postgresql")
# PostgreSQL refuses to run as root, as which containers run tests.
_ACCOUNT = "postgres"


@dataclass(frozen=True)
class PostgreSql:
    """A server that can be stopped and started."""

    binaries: Path  # Folder of PostgreSQL's programs
    data: Path  # Folder of the cluster
    port: int
    is_durable: bool = False  # Waits for the disk: what is measured does, most tests need not

    @property
    def url(self) -> str:
        return f"postgresql://{_ACCOUNT}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        if not self.is_durable:
            options += " -c fsync=off"
        self._control("start", "-o", options, "-l", str(self.data.parent / "log"))

    def stop(self) -> None:
        """As an operator restarts it: connections are cut, nothing is lost."""
        self._control("stop", "-m", "fast")

    def restart(self, mode: str) -> None:
        self._control("restart", "-m", mode, "-l", str(self.data.parent / "log"))

    def _control(self, command: str, *options: str) -> None:
        _run(self.binaries / "pg_ctl", "-D", self.data, "-w", *options, command)


def find_binaries() -> Path:
    """The folder of ``initdb`` and ``pg_ctl``."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    versions = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]))
    if not versions:
        raise NotHereError("PostgreSQL is not installed (initdb and pg_ctl, Debian's package postgresql)")
    return versions[-1].parent


@contextmanager
def run_server(*, is_durable: bool = False) -> Iterator[PostgreSql]:
    """Make a cluster, start it, and leave nothing behind."""
    binaries = find_binaries()
    # Not pytest's folder, which other accounts cannot enter.
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        if os.geteuid() == 0:
            shutil.chown(folder, _ACCOUNT, _ACCOUNT)
        _run(binaries / "initdb", "-D", data, "-A", "trust", "-U", _ACCOUNT, "--no-sync", "-E", "UTF8", "--locale=C")
        server = PostgreSql(binaries, data, free_port(), is_durable)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _run(*command: str | Path) -> None:
    account: dict[str, Any] = {}
    if os.geteuid() == 0:
        account = {"user": _ACCOUNT, "group": _ACCOUNT, "extra_groups": []}
    # Discard its output: the server would inherit a pipe and keep it open.
    nobody = subprocess.DEVNULL
    subprocess.run(command, check=True, cwd="/", stdin=nobody, stdout=nobody, stderr=nobody, **account)  # noqa: S603
