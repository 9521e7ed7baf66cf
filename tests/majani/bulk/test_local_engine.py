"""Processes that die: by a photo, by a signal from outside, with their parent, or before they have begun."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.harness.process import family
from majani.bulk.run import Summary
from majani.errors import BulkError, ErrorCode
from tests.majani.bulk.conftest import rows
from tests.pictures import PictureFactory

Start = Callable[..., Summary]

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


@pytest.fixture
def in_every_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let every new Python process begin with this code."""

    def _write(code: str) -> None:
        (tmp_path / "begin").mkdir()
        (tmp_path / "begin" / "sitecustomize.py").write_text(code)
        monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'begin'}{os.pathsep}{Path.cwd()}")

    return _write


def test_a_photo_that_kills_is_a_row_and_takes_no_other_with_it(
    tmp_path: Path, start: Start, pictures: PictureFactory, in_every_process: Callable[[str], None]
) -> None:
    in_every_process(_DEADLY)
    (tmp_path / "photos").mkdir()
    for number in range(12):
        ending = {5: b"POISON", 7: b"FAULT"}.get(number, b"")
        (tmp_path / "photos" / f"{number:02}.jpg").write_bytes(pictures.red() + ending)
    summary = start(tmp_path / "photos", tmp_path / "rows", photos_per_file=6)
    assert [row["error"] for row in rows(tmp_path / "rows")] == [
        "photo_crashed" if number in {5, 7} else None for number in range(12)
    ]
    assert dict(summary.errors) == {"photo_crashed": 2}


def test_processes_that_cannot_begin_blame_no_photo(
    archive: Path, tmp_path: Path, start: Start, in_every_process: Callable[[str], None]
) -> None:
    in_every_process("import sys\nif '--multiprocessing-fork' in sys.argv: sys.exit(3)")
    with pytest.raises(BulkError) as caught:
        start(archive, tmp_path / "rows")
    assert caught.value.code == ErrorCode.BULK_PROCESS_FAILED
    assert rows(tmp_path / "rows") == []


PHOTOS = 150


def begun(source: Path, output: Path, bundle: Path) -> "subprocess.Popen[bytes]":
    """A run from the command line, some of whose rows are written."""
    command = [str(Path(sys.executable).with_name("majani")), "bulk", str(source), str(output)]
    process = subprocess.Popen(
        [*command, "--processes", "2", "--photos-per-file", "5", "--bundle", str(bundle)],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while len(rows(output)) < 20:
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
        (tmp_path / "photos" / f"{number:03}.jpg").hardlink_to(tmp_path / "photo.jpg")
    return tmp_path / "photos"


def is_complete(output: Path) -> bool:
    return [row["path"] for row in rows(output)] == [f"{number:03}.jpg" for number in range(PHOTOS)]


def test_a_killed_run_leaves_no_process_and_goes_on(many: Path, tmp_path: Path, tiny_bundle_dir: Path) -> None:
    output = tmp_path / "rows"
    process = begun(many, output, tiny_bundle_dir)
    workers = family(process.pid)[1:]
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in workers):
        assert time.monotonic() < deadline, "a process of the pool outlives its parent"
        time.sleep(0.05)
    assert 20 <= len(rows(output)) < PHOTOS
    written = {path.name: path.stat().st_mtime_ns for path in output.glob("part-*")}
    command = [str(Path(sys.executable).with_name("majani")), "bulk", str(many), str(output)]
    done = subprocess.run([*command, "--bundle", str(tiny_bundle_dir)], check=True, capture_output=True, text=True)
    assert f"{PHOTOS} photos, 0 of them with an error." in done.stderr
    assert is_complete(output)
    assert all((output / name).stat().st_mtime_ns == when for name, when in written.items())


def test_a_run_survives_the_death_of_a_process(many: Path, tmp_path: Path, tiny_bundle_dir: Path) -> None:
    process = begun(many, tmp_path / "rows", tiny_bundle_dir)
    busiest = max(family(process.pid)[1:])
    os.kill(busiest, signal.SIGKILL)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert is_complete(tmp_path / "rows")


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
    process = begun(many, tmp_path / "rows", tiny_bundle_dir)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"Traceback" not in said
    assert len(rows(tmp_path / "rows")) >= 20
