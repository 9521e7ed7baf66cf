"""Processes that die: by a photo, by a signal from outside, with their parent, or before they have begun."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.harness.process import family
from majani.errors import BulkError, ErrorCode
from tests.majani.bulk.conftest import Start, rows
from tests.majani.conftest import refused
from tests.pictures import PictureFactory

# What a fault in a decoder's native code does to the process that meets it.
_DEADLY = """
import os, signal
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


def in_every_process(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every new Python process begin with this code."""
    (tmp_path / "begin").mkdir()
    (tmp_path / "begin" / "sitecustomize.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'begin'}{os.pathsep}{Path.cwd()}")


def test_a_photo_that_kills_or_is_gone_is_a_row_and_takes_no_other_with_it(
    tmp_path: Path,
    start: Start,
    pictures: PictureFactory,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    in_every_process(_DEADLY, tmp_path, monkeypatch)
    for number in range(8):
        ending = {2: b"POISON", 5: b"FAULT"}.get(number, b"")
        (tmp_path / f"{number}.jpg").write_bytes(pictures.red() + ending)
    # The last one is gone when its turn comes.
    (tmp_path / "list.txt").write_text("".join(f"{number}.jpg\n" for number in range(9)))
    summary = start(tmp_path / "list.txt", tmp_path / "rows", photos_per_file=4)
    faults = {2: "photo_crashed", 5: "photo_crashed", 8: "photo_unreadable"}
    assert [row["error"] for row in rows(tmp_path / "rows")] == [faults.get(number) for number in range(9)]
    assert dict(summary.errors) == {"photo_crashed": 2, "photo_unreadable": 1}
    assert "ZeroDivisionError: a fault of ours" in capfd.readouterr().err


def test_processes_that_cannot_begin_blame_no_photo(
    archive: Path, tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_every_process("import sys\nif '--multiprocessing-fork' in sys.argv: sys.exit(3)", tmp_path, monkeypatch)
    with refused(BulkError, ErrorCode.BULK_PROCESS_FAILED):
        start(archive, tmp_path / "rows")
    assert rows(tmp_path / "rows") == []


PHOTOS = 100


def begin(source: Path, output: Path, bundle: Path, *, rows_written: int) -> "subprocess.Popen[bytes]":
    """A run from the command line in two processes, some of whose rows are written."""
    command = [str(Path(sys.executable).with_name("majani")), "bulk", str(source), str(output)]
    process = subprocess.Popen(
        [*command, "--processes", "2", "--photos-per-file", "5", "--bundle", str(bundle)],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while 5 * len(list(output.glob("part-*"))) < rows_written:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


@pytest.fixture
def many(tmp_path: Path, pictures: PictureFactory) -> Path:
    """An archive that takes some seconds."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photo.jpg").write_bytes(pictures.jpeg_12mp())
    for number in range(PHOTOS):
        (tmp_path / "photos" / f"{number:04}.jpg").hardlink_to(tmp_path / "photo.jpg")
    return tmp_path / "photos"


def test_a_killed_run_leaves_no_process_and_goes_on_and_survives_the_death_of_a_process(
    many: Path, tmp_path: Path, tiny_bundle_dir: Path
) -> None:
    output = tmp_path / "rows"
    process = begin(many, output, tiny_bundle_dir, rows_written=20)
    workers = family(process.pid)[1:]
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in workers):
        assert time.monotonic() < deadline, "a process of the pool outlives its parent"
        time.sleep(0.05)
    written = {path: path.stat().st_mtime_ns for path in output.glob("part-*")}
    assert 20 <= 5 * len(written) < PHOTOS - 40
    process = begin(many, output, tiny_bundle_dir, rows_written=5 * len(written) + 20)
    os.kill(max(family(process.pid)[1:]), signal.SIGKILL)
    said = process.communicate(timeout=120)[1].decode()
    assert process.returncode == 0, said
    assert f"{PHOTOS} photos, 0 of them with an error." in said
    assert [row["path"] for row in rows(output)] == [f"{number:04}.jpg" for number in range(PHOTOS)]
    assert all(path.stat().st_mtime_ns == when for path, when in written.items())


@pytest.fixture
def heeds_interruptions() -> Iterator[None]:
    """Shells start what goes on in the background deaf to Ctrl-C, and these tests may be among that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_interruptions")
def test_whoever_interrupts_keeps_what_is_written(many: Path, tmp_path: Path, tiny_bundle_dir: Path) -> None:
    # So many that it cannot be done before the interruption arrives, however busy the machine is.
    for number in range(PHOTOS, 6000):
        (many / f"{number:04}.jpg").hardlink_to(tmp_path / "photo.jpg")
    process = begin(many, tmp_path / "rows", tiny_bundle_dir, rows_written=20)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"Traceback" not in said
    assert len(rows(tmp_path / "rows")) >= 20
