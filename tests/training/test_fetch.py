import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from majani.taxonomy import Taxonomy
from tests.training.desk_export import REVIEWS_HEADER, described_reviews, export_files, pack_export, review, table
from tests.training.unreliable_server import UnreliableServer, answer, break_off, unreliable_server
from training import fetch as stage
from training.download import Patience
from training.gather import Supply
from training.sources import Source, read_sources

ROOT = Path(__file__).parents[2]
IMPATIENT = Patience(attempts=2, backoff_s=0.01, max_pause_s=1, connect_timeout_s=2, read_timeout_s=2)
TAXONOMY: dict[str, Any] = {
    "version": "2025.1",
    "crops": [{"id": "bean", "name": "Bean", "scientific": "Phaseolus vulgaris"}],
    "parents": [{"id": "leaf_spot", "name": "some leaf spot"}],
    "conditions": [
        {
            "id": "bean.rust",
            "crop": "bean",
            "names": ["Rust"],
            "kind": "fungus",
            "parent": "leaf_spot",
            "action": "spray",
        },
        {"id": "bean.healthy", "crop": "bean", "names": ["Healthy"], "kind": "healthy", "action": "nothing"},
    ],
}
PHOTOS = {"rusty/1.jpg": b"one", "rusty/2.JPG": b"two", "fine/1.png": b"three"}


def describe(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "title": name,
        "authors": ["Nobody"],
        "licence": "CC0",
        "citation": "none",
        "home": "https://example.org/",
        "setting": "field",
        "classes": {"rusty": {"to": "bean.rust"}, "fine": {"to": "bean.healthy"}},
        "download_by_hand": "Ask the authors.",
        **more,
    }


def write_photos(folder: Path, photos: Mapping[str, bytes]) -> None:
    for name, content in photos.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def read_photos(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pack(photos: Mapping[str, bytes], root: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in photos.items():
            archive.writestr(root + name, content)
    return buffer.getvalue()


class Project:
    """A project with its own descriptions, mirror and raw folder; ``run`` is what ``python -m training.fetch`` does."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.raw, self.mirror = root, root / "data/raw", root / "mirror"
        self._monkeypatch = monkeypatch
        (root / "data/sources").mkdir(parents=True)
        (root / "data/taxonomy.yaml").write_text(yaml.safe_dump(TAXONOMY))
        self.mirror.mkdir()
        monkeypatch.chdir(root)
        monkeypatch.setenv("MAJANI_MIRROR", str(self.mirror))

    def add(self, name: str, **more: Any) -> None:
        (self.root / f"data/sources/{name}.yaml").write_text(yaml.safe_dump(describe(name, **more)))

    def add_mirrored(self, name: str, photos: Mapping[str, bytes] = PHOTOS) -> None:
        self.add(name)
        write_photos(self.mirror / name, photos)

    def run(self, *arguments: str) -> int:
        self._monkeypatch.setattr(sys, "argv", ["fetch", *arguments])
        return stage.main()

    def photos(self, name: str) -> dict[str, bytes]:
        return read_photos(self.raw / name)

    def record(self, name: str) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.raw / f"{name}.json").read_text())
        return loaded


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path, monkeypatch)


@pytest.fixture
def server() -> Iterator[UnreliableServer]:
    with unreliable_server(pack(PHOTOS, root="repository-main/photos/")) as running:
        yield running


def offered(server: UnreliableServer, **more: str) -> dict[str, Any]:
    place = {"url": server.url, "archive": "zip", "root": "repository-main/photos", **more}
    return {"download": [place], "download_by_hand": None}


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of every file: the same if nothing was written."""
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


# From the mirror


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


def test_copies_are_independent_of_the_mirror(project: Project) -> None:
    project.add_mirrored("village")
    (project.mirror / "village/rusty/1.jpg").chmod(0o444)
    project.run()
    copied = project.raw / "village/rusty/1.jpg"
    assert copied.stat().st_nlink == 1
    assert os.access(copied, os.W_OK)


def test_second_run_writes_nothing(project: Project) -> None:
    project.add_mirrored("village")
    project.run()
    before = state(project.raw)
    assert project.run() == 0
    assert state(project.raw) == before


def test_record_is_the_same_on_every_machine(project: Project) -> None:
    project.add_mirrored("village")
    project.run()
    first = (project.raw / "village.json").read_bytes()
    shutil.rmtree(project.raw)
    shutil.rmtree(project.mirror / "village")
    write_photos(project.mirror / "village", dict(reversed(PHOTOS.items())))
    project.run()
    assert (project.raw / "village.json").read_bytes() == first
    assert str(project.root).encode() not in first


def test_added_description_fetches_only_that_source(project: Project) -> None:
    project.add_mirrored("village")
    project.run()
    before = state(project.raw)
    project.add_mirrored("town", {"fine/9.jpg": b"nine"})
    assert project.run() == 0
    assert project.photos("town") == {"fine/9.jpg": b"nine"}
    assert before.items() <= state(project.raw).items()


def test_only_named_sources(project: Project) -> None:
    project.add_mirrored("village")
    project.add_mirrored("town")
    assert project.run("town") == 0
    assert {path.name for path in project.raw.iterdir()} == {"town", "town.json"}


@pytest.mark.parametrize("harm", ["remove", "alter", "add", "remove folder", "break record"])
def test_harm_is_repaired(project: Project, harm: str) -> None:
    project.add_mirrored("village")
    project.run()
    record = project.raw / "village.json"
    before = record.read_bytes()
    photo = project.raw / "village/rusty/1.jpg"
    if harm == "remove":
        photo.unlink()
    elif harm == "alter":
        photo.write_bytes(b"eno")
    elif harm == "add":
        photo.with_name("9.jpg").write_bytes(b"stray")
    elif harm == "remove folder":
        shutil.rmtree(project.raw / "village")
    else:
        record.write_bytes(before[:-20])
        shutil.rmtree(project.raw / "village")
    assert project.run() == 0
    assert project.photos("village") == PHOTOS
    assert record.read_bytes() == before


def test_photos_added_to_the_mirror_arrive(project: Project) -> None:
    project.add_mirrored("village")
    project.run()
    write_photos(project.mirror / "village", {"fine/2.jpg": b"new"})
    assert project.run() == 0
    assert project.photos("village") == {**PHOTOS, "fine/2.jpg": b"new"}


def test_what_was_copied_stays_without_the_mirror(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.add_mirrored("village")
    project.run()
    monkeypatch.delenv("MAJANI_MIRROR")
    before = state(project.raw)
    assert project.run() == 0
    assert state(project.raw) == before


SLOW_COPY = """
import time
from pathlib import Path
read = Path.read_bytes
def slow(path):
    time.sleep(0.02 if "mirror" in path.parts else 0)
    return read(path)
Path.read_bytes = slow
from training.fetch import main
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
    half = state(copied)
    assert 10 <= len(half) < 200
    assert not (project.raw / "village").exists()
    (copied / "rusty/0.jpg").write_bytes(b"half a pho")
    (copied / "rusty/stray.jpg").write_bytes(b"from an older mirror")
    assert project.run() == 0
    assert project.photos("village") == photos
    assert not (project.raw / stage.WORK_DIR).exists()
    not_copied_again = set(half.values()) & set(state(project.raw / "village").values())
    assert len(not_copied_again) >= len(half) - 2  # all but the one made half, and the one that the kill made half


@pytest.mark.parametrize("moment", ["rmtree", "rename"])
def test_interruption_at_the_last_step_is_completed(
    project: Project, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    project.add_mirrored("village")
    project.run()
    write_photos(project.mirror / "village", {"fine/2.jpg": b"new"})

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(*((shutil, "rmtree") if moment == "rmtree" else (Path, "rename")), interrupt)
        with pytest.raises(KeyboardInterrupt):
            project.run()
    assert project.run() == 0
    assert project.photos("village") == {**PHOTOS, "fine/2.jpg": b"new"}
    assert project.record("village")["origin"] == "mirror"


# From the official address


def test_description_with_an_address_needs_no_code(project: Project, server: UnreliableServer) -> None:
    project.add("remote", **offered(server))
    assert project.run() == 0
    assert project.photos("remote") == PHOTOS
    digest = hashlib.sha256(server.content).hexdigest()
    archive = {"url": server.url, "sha256": digest, "root": "repository-main/photos", "into": ""}
    assert (project.record("remote")["origin"], project.record("remote")["archives"]) == ("official", [archive])
    assert {path.name for path in project.raw.iterdir()} == {"remote", "remote.json"}


def test_several_archives_into_splits(project: Project, server: UnreliableServer) -> None:
    places = [
        {"url": f"{server.url}?{split}", "archive": "zip", "root": "repository-main/photos", "into": split}
        for split in ("train", "test")
    ]
    project.add("remote", **{**offered(server), "download": places}, layout="{split}/{class}/{file}")
    assert project.run() == 0
    assert project.photos("remote") == {f"{s}/{name}": PHOTOS[name] for s in ("train", "test") for name in PHOTOS}


def test_complete_download_is_not_asked_for_again(project: Project, server: UnreliableServer) -> None:
    project.add("remote", **offered(server))
    project.run()
    before = state(project.raw)
    assert project.run() == 0
    project.add("remote", **offered(server, sha256=hashlib.sha256(server.content).hexdigest()))
    assert project.run() == 0
    assert len(server.asked) == 1
    assert state(project.raw) == before


@pytest.mark.parametrize(
    "change", [{"into": "extra"}, {"url": "?2"}, {"sha256": "0" * 64}], ids=lambda one: next(iter(one))
)
def test_changed_description_is_fetched_again(
    project: Project, server: UnreliableServer, change: dict[str, str]
) -> None:
    project.add("remote", **offered(server))
    project.run()
    project.add("remote", **offered(server, **{k: server.url + v if k == "url" else v for k, v in change.items()}))
    project.run()
    assert len(server.asked) == 2


def test_mirror_goes_before_the_address_only_where_it_has_the_source(
    project: Project, server: UnreliableServer
) -> None:
    project.add("remote", **offered(server))
    project.add("village", **offered(server))
    write_photos(project.mirror / "village", {"fine/7.jpg": b"seven"})
    assert project.run() == 0
    assert project.photos("village") == {"fine/7.jpg": b"seven"}
    assert project.photos("remote") == PHOTOS
    assert len(server.asked) == 1


def fetched_from(project: Project, supply: Supply) -> list[tuple[str, str, str]]:
    sources = read_sources(project.root / "data/sources", Taxonomy.model_validate(TAXONOMY))
    return stage.fetch_all(sources.values(), project.raw, supply)


def test_broken_download_continues_in_the_next_run(project: Project, server: UnreliableServer) -> None:
    project.add("remote", **offered(server))
    server.script = [break_off(100), answer(404, {})]
    assert [row[:2] for row in fetched_from(project, Supply(patience=IMPATIENT))] == [("remote", "download_failed")]
    assert not (project.raw / "remote").exists()
    assert fetched_from(project, Supply(patience=IMPATIENT)) == []
    assert server.asked[-1]["Range"] == "bytes=100-"
    assert project.photos("remote") == PHOTOS


def test_another_address_does_not_continue_the_old_file(project: Project, server: UnreliableServer) -> None:
    project.add("remote", **offered(server))
    server.script = [break_off(100), answer(404, {})]
    fetched_from(project, Supply(patience=IMPATIENT))
    project.add("remote", **offered(server, url=f"{server.url}?2"))
    assert fetched_from(project, Supply(patience=IMPATIENT)) == []
    assert "Range" not in server.asked[-1]


@pytest.mark.parametrize(
    ("content", "more", "code"),
    [
        pytest.param(b"<html>log in</html>", {}, "archive_broken", id="a web page"),
        pytest.param(pack({"../x.jpg": b""}), {}, "archive_unsafe", id="unsafe"),
        pytest.param(pack(PHOTOS, root="elsewhere/"), {}, "root_not_found", id="moved"),
        pytest.param(pack(PHOTOS), {"sha256": "0" * 64, "root": ""}, "checksum_mismatch", id="another file"),
        pytest.param(pack(PHOTOS, root="a/b/"), {"root": "a"}, "layout_unexpected", id="root too high"),
        pytest.param(pack({"unknown/1.jpg": b""}), {"root": ""}, "layout_unexpected", id="no described class"),
    ],
)
def test_bad_archive_leaves_no_folder_and_stops_no_other(
    project: Project, server: UnreliableServer, content: bytes, more: dict[str, str], code: str
) -> None:
    server.content = content
    project.add("remote", **offered(server, **more))
    project.add_mirrored("village")
    assert [row[:2] for row in fetched_from(project, Supply(mirror=project.mirror))] == [("remote", code)]
    assert not (project.raw / "remote").exists()
    assert not (project.raw / "remote.json").exists()
    assert project.photos("village") == PHOTOS


def test_broken_archive_is_downloaded_anew(project: Project, server: UnreliableServer) -> None:
    good, server.content = server.content, b"<html>log in</html>"
    project.add("remote", **offered(server))
    fetched_from(project, Supply())
    server.content = good
    assert fetched_from(project, Supply()) == []


def test_wrong_root_is_corrected_without_downloading_again(project: Project, server: UnreliableServer) -> None:
    project.add("remote", **offered(server, root="elsewhere"))
    assert [row[1] for row in fetched_from(project, Supply())] == ["root_not_found"]
    project.add("remote", **offered(server))
    assert fetched_from(project, Supply()) == []
    assert len(server.asked) == 1


# By hand


def test_failures_are_listed_with_their_reason(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.add("a_first")
    project.add_mirrored("village")
    project.add("z_last")
    assert project.run() == 1
    assert project.photos("village") == PHOTOS
    listed = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[:2] for line in listed] == [["a_first", "no_direct_link"], ["z_last", "no_direct_link"]]
    assert "Ask the authors." in listed[0]
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


def test_local_archives_stand_for_the_downloads(project: Project, server: UnreliableServer) -> None:
    project.add("remote", **offered(server, into="train"), layout="{split}/{class}/{file}")
    (project.root / "photos.zip").write_bytes(server.content)
    assert project.run("remote", "--archive", "photos.zip", "--archive", "photos.zip") == 1
    assert project.run("remote", "--archive", "photos.zip") == 0
    assert project.photos("remote") == {f"train/{name}": content for name, content in PHOTOS.items()}
    assert not server.asked


def test_local_archive_replaces_the_mirror_s_selection(project: Project) -> None:
    project.add_mirrored("village", {"fine/1.jpg": b"small"})
    project.run()
    (project.root / "photos.zip").write_bytes(pack(PHOTOS))
    assert project.run("village", "--archive", "photos.zip") == 0
    assert project.photos("village") == PHOTOS


def test_missing_local_archive(project: Project) -> None:
    project.add("manual")
    rows = fetched_from(project, Supply(archives=(project.root / "absent.zip",)))
    assert [row[:2] for row in rows] == [("manual", "files_unusable")]


def test_photos_put_there_by_hand_are_recorded_and_never_replaced(project: Project) -> None:
    project.add("own")
    write_photos(project.raw / "own", {"rusty/mine.jpg": b"mine"})
    assert project.run() == 0
    assert project.record("own")["origin"] == "by_hand"
    write_photos(project.raw / "own", {"fine/more.jpg": b"more"})
    write_photos(project.mirror / "own", PHOTOS)
    assert project.run() == 0
    assert project.photos("own") == {"rusty/mine.jpg": b"mine", "fine/more.jpg": b"more"}
    assert project.record("own")["content"]["files"] == 2
    (project.root / "photos.zip").write_bytes(pack(PHOTOS))
    assert project.run("own", "--archive", "photos.zip") == 1
    assert project.photos("own") == {"rusty/mine.jpg": b"mine", "fine/more.jpg": b"more"}


def test_photos_put_there_by_hand_must_lie_as_described(project: Project) -> None:
    project.add("own")
    write_photos(project.raw / "own", {"mine.jpg": b"mine"})
    assert [row[:2] for row in fetched_from(project, Supply())] == [("own", "layout_unexpected")]
    assert not (project.raw / "own.json").exists()
    assert project.photos("own") == {"mine.jpg": b"mine"}


# The command line


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
    with pytest.raises(SystemExit) as caught:
        project.run(*arguments)
    assert caught.value.code == 2
    assert not project.raw.exists()


@pytest.mark.parametrize("file", ["data/sources/village.yaml", "data/taxonomy.yaml"])
def test_malformed_description(project: Project, file: str) -> None:
    project.add_mirrored("village")
    (project.root / file).write_text("version: [1\n")
    with pytest.raises(SystemExit) as caught:
        project.run()
    assert caught.value.code == 2


def test_mistyped_mirror_does_not_start_downloads(
    project: Project, server: UnreliableServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.add("remote", **offered(server))
    monkeypatch.setenv("MAJANI_MIRROR", str(project.root / "mirorr"))
    with pytest.raises(SystemExit) as caught:
        project.run()
    assert caught.value.code == 2
    assert not server.asked


@pytest.mark.mirror
def test_real_mirror(mirror: Path, tmp_path: Path) -> None:
    source = Source.model_validate(describe("amazon_leaves", classes={"*": {"to": "unknown_plant"}}, family="leaf"))
    record = stage.fetch(source, tmp_path, Supply(mirror=mirror))
    assert record.content.files == len(read_photos(tmp_path / "amazon_leaves")) > 100


# From the review desk

LEAF, OTHER = "photos/c1/0.jpg", "photos/c2/0.jpg"


@pytest.fixture
def desk(project: Project) -> Project:
    """A project with a dataset and a place for reviewed cases."""
    project.add_mirrored("village")
    (project.root / "data/sources/field_reviews.yaml").write_text(yaml.safe_dump(described_reviews()))
    return project


def exported(project: Project, photos: Mapping[str, bytes], changed: Mapping[str, bytes] = {}) -> str:
    """An archive in which one reviewer saw rust on every photo."""
    cases = sorted({path.split("/")[1] for path in photos})
    files = export_files([review(case, "r1", "bean.rust") for case in cases], photos, changed)
    return str(pack_export(project.root / "reviews.tar", files))


def test_nobody_has_to_have_reviewers(desk: Project) -> None:
    assert desk.run() == 0
    assert {path.name for path in desk.raw.iterdir()} == {"village", "village.json"}
    assert desk.run("field_reviews") == 1, "but who names them has to bring them"


def test_an_export_becomes_a_source(desk: Project) -> None:
    assert desk.run("field_reviews", "--archive", exported(desk, {LEAF: b"leaf"})) == 0
    assert set(desk.photos("field_reviews")) == {"reviews.csv", "photos.csv", LEAF}
    assert (desk.record("field_reviews")["origin"], desk.record("field_reviews")["content"]["files"]) == ("archive", 1)
    before = state(desk.raw / "field_reviews")
    assert desk.run() == 0
    assert state(desk.raw / "field_reviews") == before


def test_an_export_replaces_the_one_before(desk: Project) -> None:
    desk.run("field_reviews", "--archive", exported(desk, {LEAF: b"leaf", OTHER: b"other"}))
    assert desk.run("field_reviews", "--archive", exported(desk, {OTHER: b"other"})) == 0
    assert set(desk.photos("field_reviews")) == {"reviews.csv", "photos.csv", OTHER}
    assert b"c1" not in desk.photos("field_reviews")["reviews.csv"]


def test_when_all_cases_are_deleted_none_is_left(desk: Project) -> None:
    desk.run("field_reviews", "--archive", exported(desk, {LEAF: b"leaf"}))
    assert desk.run("field_reviews", "--archive", exported(desk, {})) == 0
    assert set(desk.photos("field_reviews")) == {"reviews.csv", "photos.csv"}
    assert desk.run() == 0


def test_other_verdicts_on_the_same_photos_are_another_version(desk: Project) -> None:
    desk.run("field_reviews", "--archive", exported(desk, {LEAF: b"leaf"}))
    before = desk.record("field_reviews")["content"]
    doubted = table(REVIEWS_HEADER, [review("c1", "r1", "cannot_tell")])
    desk.run("field_reviews", "--archive", exported(desk, {LEAF: b"leaf"}, {"reviews.csv": doubted}))
    assert desk.record("field_reviews")["content"]["sha256"] != before["sha256"]


@pytest.mark.parametrize("harm", ["remove", "alter a verdict", "remove folder"])
def test_what_is_changed_in_an_export_is_noticed(desk: Project, capsys: pytest.CaptureFixture[str], harm: str) -> None:
    desk.run("field_reviews", "--archive", exported(desk, {LEAF: b"leaf"}))
    folder = desk.raw / "field_reviews"
    if harm == "remove":
        (folder / LEAF).unlink()
    elif harm == "alter a verdict":
        (folder / "reviews.csv").write_text((folder / "reviews.csv").read_text().replace("rust", "healthy"))
    else:
        shutil.rmtree(folder)
    assert desk.run() == 1
    assert "field_reviews: no_direct_link: Export them." in capsys.readouterr().err


def test_bad_rows_are_told_and_the_others_arrive(desk: Project, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [review("c1", "r1", "bean.rust"), review("c1", "r2", "bean.gone"), review("c1", "r3", "bean.gone")]
    changed = {"reviews.csv": table(REVIEWS_HEADER, rows)}
    assert desk.run("field_reviews", "--archive", exported(desk, {LEAF: b"leaf"}, changed)) == 0
    assert "left out: condition_unknown: 2, the first is reviews.csv:3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("files", "code"),
    [
        pytest.param({"photos/c1/0.jpg": b"leaf"}, "layout_unexpected", id="no tables"),
        pytest.param({"reviews.csv": b"x\n", "photos.csv": b"x\n"}, "layout_unexpected", id="other tables"),
        pytest.param({"export/reviews.csv": b"", "export/photos.csv": b""}, "root_not_found", id="in a folder"),
        pytest.param({"../reviews.csv": b"", "photos.csv": b""}, "archive_unsafe", id="a table outside"),
        pytest.param({"photos/c1/../../../x.jpg": b""}, "archive_unsafe", id="a photo outside"),
    ],
)
def test_what_is_no_export_leaves_the_one_before(
    desk: Project, capsys: pytest.CaptureFixture[str], files: dict[str, bytes], code: str
) -> None:
    desk.run("field_reviews", "--archive", exported(desk, {LEAF: b"leaf"}))
    before = state(desk.raw / "field_reviews")
    bad = pack_export(desk.root / "bad.tar", files)
    assert desk.run("field_reviews", "--archive", str(bad)) == 1
    assert f"field_reviews: {code}:" in capsys.readouterr().err
    assert state(desk.raw / "field_reviews") == before
    assert desk.run() == 0
