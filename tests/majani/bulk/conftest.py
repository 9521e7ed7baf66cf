"""A bundle, a Ray cluster on this machine, runs over archives, and a whole run, for tests of bulk classification."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest
import s3fs

from benchmarks.harness import s3_server
from benchmarks.harness.s3_server import BUCKET, S3Server
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


@pytest.fixture(scope="session")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Ray cluster of one node with one core, whose processes photos can kill."""
    begin = tmp_path_factory.mktemp("deadly")
    (begin / "sitecustomize.py").write_text(_DEADLY)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", f"{begin}{os.pathsep}{Path.cwd()}")
        environment.setenv("RAY_AUTH_MODE", "token")
        environment.setenv("RAY_AUTH_TOKEN", "0" * 64)
        environment.setenv("RAY_USAGE_STATS_ENABLED", "0")
        from ray.cluster_utils import Cluster  # noqa: PLC0415 - it takes seconds

        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
        yield cluster
        cluster.shutdown()


@pytest.fixture(scope="session")
def cluster(machines: Any) -> str:
    """The address of the cluster."""
    address: str = machines.address
    return address


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
