import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.described import ROOT
from tests.training.fetch.project import PHOTOS, Project, state
from tests.training.files import write_files
from training.stages import fetch as stage


def test_mirror_is_copied_with_a_record(project: Project) -> None:
    project.add_mirrored("village", {**PHOTOS, "README.md": b"no photo", "rusty/.hidden.jpg": b"no"})
    assert project.run() == 0
    assert project.photos("village") == PHOTOS
    lines = "".join(f"{hashlib.sha256(PHOTOS[name]).hexdigest()}  {name}\n" for name in sorted(PHOTOS))
    assert project.record("village") == {
        "source": "village",
        "origin": "mirror",
        "archives": [],
        "content": {"files": 3, "total_bytes": 11, "sha256": hashlib.sha256(lines.encode()).hexdigest()},
    }
    assert {path.name for path in project.raw.iterdir()} == {"village", "village.json"}


def test_the_pipeline_does_without_outliers_that_are_not_there(project: Project) -> None:
    project.add_mirrored("village")
    project.add("weeds", role="outliers", classes={"weed": {"to": "unknown_plant"}}, family="weeds")
    assert project.run() == 0
    assert project.run("weeds") == 1


def test_a_linked_folder_is_named_and_not_left_out(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.add_mirrored("village")
    (project.mirror / "village/fine").rename(project.root / "fine")
    (project.mirror / "village/fine").symlink_to(project.root / "fine")
    assert project.run() == 1
    assert "mirror/village/fine" in capsys.readouterr().err


HARMS: dict[str, Callable[[Path], object]] = {
    "remove": lambda raw: (raw / "village/rusty/1.jpg").unlink(),
    "alter": lambda raw: (raw / "village/rusty/1.jpg").write_bytes(b"eno"),
    "add": lambda raw: (raw / "village/rusty/9.jpg").write_bytes(b"stray"),
    "remove folder": lambda raw: shutil.rmtree(raw / "village"),
    "break record": lambda raw: (raw / "village.json").write_bytes((raw / "village.json").read_bytes()[:-20]),
}


@pytest.mark.parametrize("harm", HARMS)
def test_harm_is_repaired(project: Project, harm: str) -> None:
    project.add_mirrored("village")
    project.run()
    record = project.raw / "village.json"
    before = record.read_bytes()
    HARMS[harm](project.raw)
    if harm == "break record":
        HARMS["remove folder"](project.raw)
    assert project.run() == 0
    assert project.photos("village") == PHOTOS
    assert record.read_bytes() == before
    # What somebody has put there may be nowhere else.
    assert project.photos("village.by_hand") == ({"rusty/9.jpg": b"stray"} if harm == "add" else {})


def test_later_runs_write_nothing_with_the_mirror_or_without(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.add_mirrored("village")
    project.run()
    before = state(project.raw)
    for _ in range(2):
        assert project.run() == 0
        assert state(project.raw) == before
        monkeypatch.delenv("MAJANI_MIRROR", raising=False)


SLOW_COPY = """
import shutil, time
copy = shutil.copyfile
def slow(source, target):
    time.sleep(0.02)
    return copy(source, target)
shutil.copyfile = slow
from training.stages.fetch import main
main()
"""


def test_copy_killed_midway_is_completed(project: Project) -> None:
    photos = {f"rusty/{n}.jpg": f"photo {n}".encode() * 100 for n in range(200)}
    project.add_mirrored("village", photos)
    process = subprocess.Popen([sys.executable, "-c", SLOW_COPY], env={**os.environ, "PYTHONPATH": str(ROOT)})
    copied = project.raw / stage.WORK_DIR / "village/photos"
    deadline = time.monotonic() + 20
    while len(list(copied.rglob("*.jpg"))) < 10 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 10 <= len(list(copied.rglob("*.jpg"))) < 200
    assert not (project.raw / "village").exists()
    (copied / "rusty/0.jpg").write_bytes(b"half a pho")
    (copied / "rusty/stray.jpg").write_bytes(b"from an older mirror")
    assert project.run() == 0
    assert project.photos("village") == photos
    assert not (project.raw / stage.WORK_DIR).exists()


@pytest.mark.parametrize("moment", ["rmtree", "rename"])
def test_interrupted_last_step_is_completed(project: Project, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    project.add_mirrored("village")
    project.run()
    write_files(project.mirror / "village", {"fine/2.jpg": b"new"})

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(*((shutil, "rmtree") if moment == "rmtree" else (Path, "rename")), interrupt)
        assert project.run() == 1
    assert project.run() == 0
    assert project.photos("village") == {**PHOTOS, "fine/2.jpg": b"new"}
    assert project.record("village")["origin"] == "mirror"
