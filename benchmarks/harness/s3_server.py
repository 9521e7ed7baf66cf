"""An object store of this machine that speaks the S3 protocol, and can be taken away; also what tests run against."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import s3fs  # type: ignore[import-untyped]

from benchmarks.harness.port import free_port
from benchmarks.harness.waiting import wait_until_listening

BUCKET = "leaves"
START_TIMEOUT_S = 60


@dataclass
class S3Server:
    """A server that forgets its buckets when it stops, as one that is set up anew."""

    port: int
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return client_environment(self.url)

    def client(self) -> s3fs.S3FileSystem:
        own = self.environment
        return s3fs.S3FileSystem(
            endpoint_url=self.url,
            key=own["AWS_ACCESS_KEY_ID"],
            secret=own["AWS_SECRET_ACCESS_KEY"],
            skip_instance_cache=True,
        )

    def start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until_listening(self.port, what="object store", timeout_s=START_TIMEOUT_S)
        request = urllib.request.Request(f"{self.url}/{BUCKET}", method="PUT")  # noqa: S310
        # The first one has it import most of its modules.
        with urllib.request.urlopen(request, timeout=START_TIMEOUT_S):  # noqa: S310
            pass

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)
            self._process = None


def client_environment(url: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "something",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


@contextmanager
def run_server() -> Iterator[S3Server]:
    server = S3Server(free_port())
    try:
        server.start()
        yield server
    finally:
        server.stop()
