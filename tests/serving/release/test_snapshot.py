"""A snapshot is complete, private, and gone when nobody needs it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from serving.release.snapshot import Snapshot, SnapshotError, remove_abandoned, remove_unused
from serving.settings import Settings
from tests.serving.release.folders import Folders


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders.make(tmp_path / "operator")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def take(folders: Folders) -> Snapshot:
    return Snapshot.take(Settings(bundle=folders.bundle, texts_dir=folders.texts_dir))


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_bundle_and_texts_are_copied_and_photos_are_not(folders: Folders) -> None:
    snapshot = take(folders)
    assert files_of(snapshot.bundle) == files_of(folders.bundle)
    texts = files_of(folders.texts_dir)
    del texts["raw/leaf.jpg"]
    assert files_of(snapshot.texts_dir) == texts
    settings = Settings.from_environment(snapshot.environment)
    assert (settings.bundle, settings.texts_dir) == (snapshot.bundle, snapshot.texts_dir)


def test_what_happens_to_the_folders_later_does_not_matter(folders: Folders) -> None:
    snapshot = take(folders)
    before = files_of(snapshot.directory)
    (folders.bundle / "model.onnx").write_bytes(b"half a mod")
    (folders.texts_dir / "taxonomy.yaml").unlink()
    assert files_of(snapshot.directory) == before


def test_a_challenger_is_copied_too(folders: Folders, tmp_path: Path) -> None:
    challenger = tmp_path / "challenger"
    challenger.mkdir()
    (challenger / "model.onnx").write_bytes(b"second")
    settings = Settings(bundle=folders.bundle, texts_dir=folders.texts_dir, shadow_dir=challenger)
    snapshot = Snapshot.take(settings)
    assert files_of(snapshot.shadow_dir) == {"model.onnx": b"second"}
    assert Settings.from_environment(snapshot.environment).shadow_dir == snapshot.shadow_dir
    assert Settings.from_environment(take(folders).environment).shadow_dir is None


def test_a_challenger_that_is_not_there_keeps_nothing_from_going_on(folders: Folders, tmp_path: Path) -> None:
    settings = Settings(bundle=folders.bundle, texts_dir=folders.texts_dir, shadow_dir=tmp_path / "absent")
    snapshot = Snapshot.take(settings)
    assert files_of(snapshot.bundle) == files_of(folders.bundle)
    assert files_of(snapshot.shadow_dir) == {}


def test_a_link_to_a_folder_is_followed(folders: Folders, tmp_path: Path) -> None:
    link = tmp_path / "current"
    link.symlink_to(folders.bundle)
    snapshot = take(Folders(link, folders.texts_dir))
    assert files_of(snapshot.bundle) == files_of(folders.bundle)
    assert not snapshot.bundle.is_symlink()


def test_nobody_else_can_read_it(folders: Folders) -> None:
    assert stat.S_IMODE(take(folders).directory.stat().st_mode) == 0o700


@pytest.mark.parametrize("missing", ["bundle", "texts/taxonomy.yaml", "texts/advice", "texts/languages"])
def test_something_missing_leaves_nothing_behind(folders: Folders, temporary: Path, missing: str) -> None:
    path = folders.bundle.parent / missing
    path.rename(path.with_name("elsewhere"))
    with pytest.raises(SnapshotError, match=str(folders.bundle)):
        take(folders)
    assert list(temporary.iterdir()) == []


def test_only_what_nobody_uses_is_removed(folders: Folders) -> None:
    old, current, other = take(folders), take(folders), take(folders)
    snapshots = {old, current, other}
    remove_unused(snapshots, [current, other, current])
    assert snapshots == {current, other}
    assert [one.directory.exists() for one in (old, current, other)] == [False, True, True]
    remove_unused(snapshots, [])
    assert not current.directory.exists()


def test_what_a_killed_server_left_is_removed_and_nothing_else(folders: Folders, temporary: Path) -> None:
    script = (
        "import os, signal, sys; from serving.release.snapshot import Snapshot; from serving.settings import Settings\n"
        "Snapshot.take(Settings(bundle=sys.argv[1], texts_dir=sys.argv[2])); os.kill(os.getpid(), signal.SIGKILL)"
    )
    command = [sys.executable, "-c", script, str(folders.bundle), str(folders.texts_dir)]
    subprocess.run(command, env=os.environ | {"TMPDIR": str(temporary)}, check=False)
    (left,) = temporary.iterdir()
    mine = take(folders)
    remove_abandoned()
    assert list(temporary.iterdir()) == [mine.directory]
    assert not left.exists()


def test_no_room_is_said(folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(SnapshotError, match="no room"):
        take(folders)
