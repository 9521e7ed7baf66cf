"""Every input that fuzzing begins with, and every one that it once found a fault with, is read without one."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.fuzz import targets
from benchmarks.fuzz.targets import TARGETS, HangError, change_json, read_within_bound
from training.figures import FIGURES_FILE

FINDINGS = Path(__file__).parent / "fuzz"


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_findings_are_read(name: str) -> None:
    target = TARGETS[name]
    inputs = [*target.seeds(), *(path.read_bytes() for path in sorted((FINDINGS / name).glob("*")))]
    with target.opened() as read:
        for data in inputs:
            read_within_bound(read, data)
            # A part of it comes to an end too.
            read_within_bound(read, data[: len(data) // 2])


def test_a_hang_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "MAX_CPU_S", 0.05)

    def spin(_: bytes) -> None:
        began = time.thread_time()
        while time.thread_time() - began <= targets.MAX_CPU_S:
            pass

    with pytest.raises(HangError):
        read_within_bound(spin, b"")


def test_a_run_that_read_nothing_publishes_nothing(tmp_path: Path) -> None:
    (tmp_path / "atheris.py").write_text("raise ImportError")
    before = FIGURES_FILE.read_bytes()
    path = os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", "")))
    command = [sys.executable, "-m", "benchmarks.fuzz", "manifest", "--seconds", "1200", "--record"]
    ran = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, check=False)
    assert ran.returncode != 0
    assert FIGURES_FILE.read_bytes() == before


def test_most_changed_manifests_are_json_and_differ() -> None:
    [manifest, *_] = TARGETS["manifest"].seeds()
    changed = [change_json(manifest, 2**16, seed) for seed in range(50)]
    assert all(json.loads(data) for data in changed)
    assert len(set(changed)) > 40
