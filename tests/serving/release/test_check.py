"""A snapshot is tried by a process of its own, and whatever that says or does becomes a verdict."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from serving.release.check import NICENESS, Check
from serving.release.snapshot import Snapshot
from serving.settings import Settings
from tests.serving.release.folders import Folders
from tests.tiny_bundle import tiny_bundle

Spoil = Callable[[Snapshot], object]


@pytest.fixture
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("MAJANI_DATABASE_URL", f"sqlite:///{tmp_path / 'majani.sqlite3'}")
    folders = Folders.make(tmp_path / "operator")
    return Snapshot.take(Settings(bundle=folders.bundle, texts_dir=folders.texts_dir))


def verdict_on(snapshot: Snapshot) -> tuple[str | None, str]:
    check = Check(snapshot)
    deadline = time.monotonic() + 60
    while not check.is_over and time.monotonic() < deadline:
        time.sleep(0.05)
    return check.verdict()


def test_a_good_snapshot_is_known_by_its_model(snapshot: Snapshot) -> None:
    assert verdict_on(snapshot) == (tiny_bundle().manifest.version, "")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda one: (one.bundle / "model.onnx").write_bytes(b"onnx"), "sha256"),
        (lambda one: (one.texts_dir / "languages/sw/names.yaml").write_text("{}"), "sw"),
    ],
    ids=["other model", "no names"],
)
def test_a_bad_one_is_refused_with_the_reason(snapshot: Snapshot, spoil: Spoil, reason: str) -> None:
    spoil(snapshot)
    version, found = verdict_on(snapshot)
    assert version is None
    assert reason in found


def test_a_check_leaves_the_machine_to_others(snapshot: Snapshot) -> None:
    check = Check(snapshot)
    found = set()
    while not check.is_over:
        found |= {os.getpriority(os.PRIO_PROCESS, child) for child in children()}
        time.sleep(0.05)
    assert min(os.getpriority(os.PRIO_PROCESS, 0) + NICENESS, 19) in found


def children() -> list[int]:
    paths = Path("/proc/self/task").glob("*/children")
    return [int(child) for path in paths for child in path.read_text().split()]


def test_a_check_whose_folder_is_gone_is_no_approval(snapshot: Snapshot) -> None:
    check = Check(snapshot)
    check.cancel()
    shutil.rmtree(snapshot.directory)
    version, reason = check.verdict()
    assert version is None
    assert "broke off" in reason


def test_a_check_that_dies_is_no_approval(snapshot: Snapshot) -> None:
    check = Check(snapshot)
    check.cancel()
    version, reason = check.verdict()
    assert version is None
    assert "broke off" in reason
