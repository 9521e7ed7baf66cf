"""A folder lasts for as long as a process that uses it, and no longer; so do the metrics that a server leaves there."""

import fcntl
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from serving.telemetry import multiprocess, private_folder
from tests.waiting import wait_until

PREFIX = "majani-tests-"

# A master that starts a worker and is killed; the worker is told to stop by closing its input.
MASTER = f"""
import os, signal, sys
from pathlib import Path
from serving.telemetry import private_folder
folder, lock = private_folder.make({PREFIX!r}, Path(sys.argv[1]))
if os.fork():
    os.kill(os.getpid(), signal.SIGKILL)
print(folder, flush=True)
sys.stdin.read()
"""


def test_it_is_locked_itself_and_for_nobody_else(tmp_path: Path) -> None:
    folder, _lock = private_folder.make(PREFIX, tmp_path)
    assert list(tmp_path.iterdir()) == [folder]
    assert folder.name.startswith(PREFIX)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    other = os.open(folder, os.O_RDONLY)
    # How programs that delete old temporary files find out.
    with pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)


def test_it_outlives_the_master_but_not_the_last_worker(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", MASTER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as master:
        assert master.stdin is not None
        assert master.stdout is not None
        folder = Path(master.stdout.readline().strip())
        assert master.wait() == -signal.SIGKILL
        (folder / "used").touch()
        private_folder.remove_abandoned(PREFIX, tmp_path)
        assert list(folder.iterdir()) == [folder / "used"]
        master.stdin.close()
        wait_until(lambda: private_folder.remove_abandoned(PREFIX, tmp_path) or not folder.exists())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_lent_ends_those_of_killed_processes_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left, other, begun = (tmp_path / name for name in (f"{PREFIX}left", "other", f"new-{PREFIX}begun"))
    for folder in (left, other, begun):
        folder.mkdir()
        (folder / "rest").touch()
    with private_folder.lent(PREFIX) as folder, private_folder.lent(PREFIX) as second:
        (folder / "photo").touch()
        assert {*tmp_path.iterdir()} == {folder, second, other, begun}
    assert {*tmp_path.iterdir()} == {other, begun}


def test_metrics_that_killed_servers_left_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocess, "_MEMORY", tmp_path)
    monkeypatch.setenv(multiprocess.DIRECTORY_VARIABLE, "of another server")
    multiprocess.set_up.cache_clear()
    left = tmp_path / "majani-metrics-1-killed"
    left.mkdir()
    (left / "counter_1.db").touch()
    living, _lock = private_folder.make("majani-metrics-2-", tmp_path)
    mine = multiprocess.set_up()
    assert {*tmp_path.iterdir()} == {living, mine}
    assert os.environ[multiprocess.DIRECTORY_VARIABLE] == str(mine)
