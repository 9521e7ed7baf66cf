"""A Redis of this machine that can be frozen, killed and started again; also what tests run against."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.harness.absence import NotHereError
from benchmarks.harness.port import free_port
from benchmarks.harness.waiting import wait_until_listening

START_TIMEOUT_S = 10


class RedisServer:
    """A server that knows nothing any more when it starts again."""

    def __init__(self, binary: str) -> None:
        self._binary = binary
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen([self._binary, *options], cwd="/", stdout=subprocess.DEVNULL)
        wait_until_listening(self.port, what="Redis", timeout_s=START_TIMEOUT_S)

    def kill(self) -> None:
        """Kill it, also if it is frozen."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """It stays connected and says nothing more, as behind a network that lost the way."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)


@contextmanager
def run_server() -> Iterator[RedisServer]:
    binary = shutil.which("redis-server")
    if binary is None:
        raise NotHereError("Redis is not installed (Debian's package redis-server)")
    server = RedisServer(binary)
    server.start()
    try:
        yield server
    finally:
        server.kill()
