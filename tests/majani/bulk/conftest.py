"""A bundle, a Ray cluster on this machine, runs over archives, and a whole run, for tests of bulk classification."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest
import s3fs

from benchmarks.harness import s3_server
from benchmarks.harness.port import free_port
from benchmarks.harness.process import family
from benchmarks.harness.s3_server import BUCKET, S3Server
from benchmarks.harness.waiting import wait_until_listening
from majani.bulk.run import Options, Summary, run
from majani.model.bundle import Bundle, read_bundle
from tests.majani.conftest import write_archive
from tests.pictures import PictureFactory

Start = Callable[..., Summary]


class Done(NamedTuple):
    """An archive and the folder of its rows, two in each file."""

    archive: Path
    rows: Path


@pytest.fixture(scope="session")
def bundle(tiny_bundle_dir: Path) -> Bundle:
    return read_bundle(tiny_bundle_dir)


def rows(output: Path) -> list[dict[str, object]]:
    parts = sorted(output.glob("part-*.parquet"))
    return [row for part in parts for row in pq.read_table(part).to_pylist()]


# What a fault in a decoder's native code does to the process that meets it.
_DEADLY = """
import os, signal
if any("default_worker.py" in word for word in __import__("sys").orig_argv):
    import majani.image.decode as module
    decode = module.decode
    def deadly(data):
        if data.endswith(b"POISON"):
            os.kill(os.getpid(), signal.SIGKILL)
        if data.endswith(b"FAULT"):
            raise ZeroDivisionError("a fault of ours")
        return decode(data)
    module.decode = deadly
"""


class Node:
    """A Ray node of this machine: the head of a cluster, or one that joins ``head``."""

    def __init__(self, folder: Path, port: int, *, head: bool = False, cpus: int = 1) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(_DEADLY)
        where = ["--head", f"--port={port}", "--include-dashboard=false"] if head else [f"--address=127.0.0.1:{port}"]
        command = [Path(sys.executable).with_name("ray"), "start", "--block", "--node-ip-address=127.0.0.1"]
        path = f"{folder}{os.pathsep}{Path.cwd()}"
        self.process = subprocess.Popen(
            [*command, *where, f"--num-cpus={cpus}", "--disable-usage-stats"],
            env=os.environ | {"PYTHONPATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """Take the machine away: all its processes, without notice."""
        for pid in reversed(family(self.process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a cluster of one node with one core, whose processes photos can kill."""
    port = free_port()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_AUTH_MODE", "token")
        environment.setenv("RAY_AUTH_TOKEN", "0" * 64)
        node = Node(tmp_path_factory.mktemp("deadly"), port, head=True)
        wait_until_listening(port, what="Ray", timeout_s=60)
        yield f"127.0.0.1:{port}"
        node.kill()


@pytest.fixture(scope="session")
def start(bundle: Bundle, cluster: str) -> Start:
    """Run over an input; keywords replace defaults."""

    def run_over(
        source: object, output: object, progress: Callable[[int, int], None] = lambda *_: None, **changes: Any
    ) -> Summary:
        options = Options(**{"bundle": bundle, "photos_per_file": 2, "address": cluster, **changes})
        return run(str(source), str(output), options=options, progress=progress)

    return run_over


@pytest.fixture(scope="session")
def whole(start: Start, pictures: PictureFactory, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """A run that ended. Don't change it."""
    work = tmp_path_factory.mktemp("whole")
    done = Done(write_archive(work / "photos", pictures), work / "rows")
    start(*done)
    return done


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[S3Server, Any]]:
    """A server with an empty bucket, and a client of it."""
    with s3_server.run_server() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()
        yield server, s3fs.S3FileSystem()
        s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture(params=["folder", "store"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where several machines meet: a folder, or a bucket."""
    if request.param == "folder":
        return str(tmp_path)
    request.getfixturevalue("store")
    return f"s3://{BUCKET}"
