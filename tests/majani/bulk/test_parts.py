"""Several machines share a run: processes that know of each other only what they find in one place."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
from click.testing import CliRunner

from majani.bulk.place import Place
from majani.cli import main
from tests.pictures import PictureFactory

PHOTOS = 24


def begin(shared: str, machine: int, bundle: Path) -> "subprocess.Popen[str]":
    command = [Path(sys.executable).with_name("majani"), "bulk", f"{shared}/photos", f"{shared}/rows"]
    command += ["--part", f"{machine}/2", "--processes", "1", "--photos-per-file", "1", "--bundle", bundle]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def of_the_second(rows: Place) -> set[int]:
    """Chunks that the second machine has written."""
    return {int(name[5:11]) for name in rows.names() if name.startswith("part-")} & set(range(1, PHOTOS, 2))


def test_two_machines_begin_at_once_and_another_takes_the_part_of_a_dead_one_over(
    shared: str, pictures: PictureFactory, tiny_bundle_dir: Path
) -> None:
    photos, rows = Place(f"{shared}/photos"), Place(f"{shared}/rows")
    names = [f"{number:02}.jpg" for number in range(PHOTOS)]
    photos.file_system.makedirs(photos.root, exist_ok=True)
    photos.file_system.pipe({photos.path(name): pictures.jpeg_12mp() for name in names})
    machines = [begin(shared, machine, tiny_bundle_dir) for machine in (1, 2)]
    deadline = time.monotonic() + 60
    while not of_the_second(rows):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    machines[1].kill()
    assert len(of_the_second(rows)) < PHOTOS // 2
    machines.append(begin(shared, 2, tiny_bundle_dir))
    ended = [machine.communicate(timeout=60)[1] for machine in machines]
    assert [machine.returncode for machine in machines] == [0, -signal.SIGKILL, 0], ended
    summary = f"{PHOTOS} photos, 0 of them with an error."
    assert any(summary in said for said in ended)
    for part, said in ((1, ended[0]), (2, ended[2])):
        assert (summary in said) != (f"{part}/2" in said)
    tables = [pq.read_table(rows.path(name), filesystem=rows.file_system) for name in rows.names() if name[0] == "p"]
    assert [path for table in tables for path in table["path"].to_pylist()] == names


def test_what_is_no_part_is_wrong_usage() -> None:
    for part in ("0/8", "9/8", "-1/8", "1/0", "x", "2", "1/2/3", "1.5/8"):
        assert CliRunner().invoke(main, ["bulk", "photos", "rows", "--part", part]).exit_code == 2, part


def test_the_engine_of_old_scripts_is_known_and_ray_is_refused_with_what_to_do() -> None:
    command = main.commands["bulk"]
    assert command.make_context("bulk", ["photos", "rows", "--engine", "local"]).params["part"] == (1, 1)
    refused = CliRunner().invoke(main, ["bulk", "photos", "rows", "--engine", "ray"])
    assert refused.exit_code == 2
    assert "--part" in refused.stderr
