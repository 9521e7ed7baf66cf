"""Machines and commands that are killed in the middle of a run: all rows are there in the end, once."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.harness.process import family
from tests.majani.bulk.conftest import rows
from tests.pictures import PictureFactory

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(600)]

PHOTOS = 400


@pytest.fixture
def many(tmp_path: Path, pictures: PictureFactory) -> Path:
    """An archive that takes some seconds."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photo.jpg").write_bytes(pictures.jpeg_12mp())
    for number in range(PHOTOS):
        (tmp_path / "photos" / f"{number:04}.jpg").hardlink_to(tmp_path / "photo.jpg")
    return tmp_path / "photos"


def begin(source: Path, bundle: Path, *more: str, until: int) -> "subprocess.Popen[bytes]":
    """A run from the command line, of whose files some are written."""
    output = source.with_name("rows")
    command = [Path(sys.executable).with_name("majani"), "bulk", source, output, "--photos-per-file", "5", *more]
    process = subprocess.Popen([*command, "--bundle", bundle], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 240
    while len(list(output.glob("part-*"))) < until:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def check_all_are_there_once(process: "subprocess.Popen[bytes]", output: Path) -> None:
    said = process.communicate(timeout=400)[1].decode()
    assert process.returncode == 0, said
    assert f"{PHOTOS} photos, 0 of them with an error." in said
    assert [row["path"] for row in rows(output)] == [f"{number:04}.jpg" for number in range(PHOTOS)]


def test_a_machine_of_a_cluster_that_dies_loses_nothing(
    many: Path, tmp_path: Path, tiny_bundle_dir: Path, machines: Any
) -> None:
    other = machines.add_node(num_cpus=1)
    # More than the first can have written alone before the other one has begun.
    process = begin(many, tiny_bundle_dir, "--address", machines.address, until=16)
    busy = {
        node
        for at in family(other.all_processes["raylet"][0].process.pid)
        for node in [Path(f"/proc/{at}/cmdline")]
        if node.exists()
    }
    assert any("DiagnosingActor" in path.read_text() for path in busy)
    machines.remove_node(other, allow_graceful=False)
    assert len(list((tmp_path / "rows").glob("part-*"))) < PHOTOS / 5 - 5
    check_all_are_there_once(process, tmp_path / "rows")


def test_a_killed_run_leaves_no_process_and_goes_on(many: Path, tmp_path: Path, tiny_bundle_dir: Path) -> None:
    process = begin(many, tiny_bundle_dir, "--processes", "2", until=5)
    children = family(process.pid)[1:]
    process.kill()
    process.communicate()
    # Ray's workers end at once; its agents ask the lost head for a minute.
    deadline = time.monotonic() + 180
    while any(Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children):
        assert time.monotonic() < deadline, "a process outlives the command"
        time.sleep(0.1)
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "rows").glob("part-*")}
    check_all_are_there_once(begin(many, tiny_bundle_dir, until=len(written)), tmp_path / "rows")
    assert {path: path.stat().st_mtime_ns for path in written} == written
