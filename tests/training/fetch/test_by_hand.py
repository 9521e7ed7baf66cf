import hashlib

import pytest

from tests.training.archive_server import ArchiveServer
from tests.training.fetch.project import PHOTOS, Project, fetched_from, offered, pack
from tests.training.files import write_files
from training.sources.origins import Supply
from training.stages import fetch as stage


def test_failures_are_listed_with_their_reason(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.add("a_first", size_bytes=2_245_588_288)
    project.add_mirrored("village")
    project.add("z_last")
    assert project.run() == 1
    assert project.photos("village") == PHOTOS
    listed = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[:2] for line in listed] == [["a_first", "no_direct_link"], ["z_last", "no_direct_link"]]
    assert "Ask the authors." in listed[0]
    assert "https://example.org/ (2.25 GB)" in listed[0]
    assert "--archive FILE" in listed[0]
    assert not (project.raw / stage.WORK_DIR).exists()


def test_local_archive(project: Project) -> None:
    project.add("manual")
    archive = project.root / "photos.zip"
    archive.write_bytes(pack(PHOTOS, root="Download All/"))
    assert project.run("manual", "--archive", "photos.zip") == 1
    assert project.run("manual", "--archive", "photos.zip", "--root", "Download All") == 0
    assert project.photos("manual") == PHOTOS
    record = project.record("manual")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert record["origin"] == "archive"
    assert record["archives"] == [{"url": None, "sha256": digest, "root": "Download All", "into": ""}]
    archive.unlink()
    assert project.run() == 0


def test_local_archives_stand_for_the_downloads(project: Project, server: ArchiveServer) -> None:
    project.add("remote", **offered(server, into="train"), layout="{split}/{class}/{file}")
    (project.root / "photos.zip").write_bytes(server.content)
    assert project.run("remote", "--archive", "photos.zip", "--archive", "photos.zip") == 1
    assert project.run("remote", "--archive", "photos.zip") == 0
    assert project.photos("remote") == {f"train/{name}": content for name, content in PHOTOS.items()}
    assert server.requests == 0


def test_photos_put_there_by_hand_are_recorded_and_never_replaced(project: Project) -> None:
    project.add("own")
    write_files(project.raw / "own", {"mine.jpg": b"mine"})
    assert [row[:2] for row in fetched_from(project, Supply())] == [("own", "layout_unexpected")]
    assert not (project.raw / "own.json").exists()
    (project.raw / "own/rusty").mkdir()
    (project.raw / "own/mine.jpg").rename(project.raw / "own/rusty/mine.jpg")
    assert project.run() == 0
    assert project.record("own")["origin"] == "by_hand"
    write_files(project.raw / "own", {"fine/more.jpg": b"more"})
    write_files(project.mirror / "own", PHOTOS)
    assert project.run() == 0
    assert project.photos("own") == {"rusty/mine.jpg": b"mine", "fine/more.jpg": b"more"}
    assert project.record("own")["content"]["files"] == 2
    (project.root / "photos.zip").write_bytes(pack(PHOTOS))
    assert project.run("own", "--archive", "photos.zip") == 1
    assert project.photos("own") == {"rusty/mine.jpg": b"mine", "fine/more.jpg": b"more"}


def test_a_table_of_labels_comes_with_its_photos(project: Project) -> None:
    table = {"file": "labels.csv", "photo": "image", "columns": ["label"]}
    # As a spreadsheet saves it.
    files = {"train/1.jpg": b"one", "labels.csv": b"\xef\xbb\xbfimage,label\n1,fine\n"}
    for name in ("mirrored", "packed", "torn"):
        project.add(name, layout="**/{file}", labels=table)
    write_files(project.mirror / "mirrored", {**files, "other.csv": b""})
    (project.root / "photos.zip").write_bytes(pack(files))
    (project.root / "torn.zip").write_bytes(pack({"train/1.jpg": b"one"}))
    assert project.run("mirrored") == 0
    assert project.run("packed", "--archive", "photos.zip") == 0
    assert project.photos("mirrored") == project.photos("packed") == files
    assert project.record("mirrored")["content"] == project.record("packed")["content"]
    # The same photos under other labels are other data.
    write_files(project.mirror / "mirrored", {"labels.csv": b"image,label\n1,rusty\n"})
    assert project.run("mirrored") == 0
    assert b"rusty" in project.photos("mirrored")["labels.csv"]
    assert project.run("torn", "--archive", "torn.zip") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["nowhere"], id="unknown source"),
        pytest.param(["--archive", "photos.zip"], id="archive of no source"),
        pytest.param(["village", "town", "--archive", "photos.zip"], id="archive of two sources"),
    ],
)
def test_misuse(project: Project, arguments: list[str]) -> None:
    project.add_mirrored("village")
    project.add_mirrored("town")
    assert project.run(*arguments) == 2
    assert not project.raw.exists()


def test_mistyped_mirror_fetches_none(project: Project, server: ArchiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    project.add("remote", **offered(server))
    monkeypatch.setenv("MAJANI_MIRROR", str(project.root / "mirorr"))
    assert project.run() == 2
    assert server.requests == 0
