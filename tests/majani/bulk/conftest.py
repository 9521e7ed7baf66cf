"""A bundle, runs over archives, and a whole run, for all tests of bulk classification."""

from collections.abc import Callable, Iterator
from functools import partial
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

Start = Callable[..., Summary | None]


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


def _start(
    own: Bundle, source: object, output: object, progress: Callable[..., None] = lambda *_: None, **changes: Any
) -> Summary | None:
    options = Options(**{"bundle": own, "photos_per_file": 2, **changes})
    return run(str(source), str(output), options=options, processes=1, progress=progress)


@pytest.fixture(scope="session")
def start(bundle: Bundle) -> Start:
    """Run over an input in one process, which takes seconds to begin; keywords replace defaults."""
    return partial(_start, bundle)


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
