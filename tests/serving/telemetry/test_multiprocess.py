"""Where processes leave their metrics: made anew for each server, and cleared away after those that were killed."""

import os
from pathlib import Path

import pytest

from serving.telemetry import multiprocess, private_folder


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(multiprocess, "_MEMORY", tmp_path)
    monkeypatch.setenv(multiprocess.DIRECTORY_VARIABLE, "of another server")
    multiprocess.set_up.cache_clear()
    return tmp_path


def test_what_killed_servers_left_is_removed(memory: Path) -> None:
    left = memory / "majani-metrics-1-killed"
    left.mkdir()
    (left / "counter_1.db").touch()
    living, _lock = private_folder.make("majani-metrics-2-", memory)
    mine = multiprocess.set_up()
    assert set(memory.iterdir()) == {living, mine}
    assert os.environ[multiprocess.DIRECTORY_VARIABLE] == str(mine)
