import hashlib

import pytest

from tests.training.archive_server import ArchiveServer
from tests.training.fetch.project import PHOTOS, Project, fetched_from, offered, pack, state
from tests.training.files import write_files
from training.sources.origins import Supply


def test_description_with_an_address_needs_no_code_and_a_complete_download_is_not_asked_for_again(
    project: Project, server: ArchiveServer
) -> None:
    project.add("remote", **offered(server))
    assert project.run() == 0
    assert project.photos("remote") == PHOTOS
    digest = hashlib.sha256(server.content).hexdigest()
    archive = {"url": server.url, "sha256": digest, "root": "repository-main/photos", "into": ""}
    assert (project.record("remote")["origin"], project.record("remote")["archives"]) == ("official", [archive])
    assert {path.name for path in project.raw.iterdir()} == {"remote", "remote.json"}
    before = state(project.raw)
    assert project.run() == 0
    project.add("remote", **offered(server, sha256=digest))
    assert project.run() == 0
    assert server.requests == 1
    assert state(project.raw) == before


@pytest.mark.parametrize(
    "change", [{"into": "extra"}, {"url": "?2"}, {"sha256": "0" * 64}], ids=lambda one: next(iter(one))
)
def test_changed_description_is_fetched_again(project: Project, server: ArchiveServer, change: dict[str, str]) -> None:
    project.add("remote", **offered(server))
    project.run()
    project.add("remote", **offered(server, **{k: server.url + v if k == "url" else v for k, v in change.items()}))
    project.run()
    assert server.requests > 1


def test_mirror_goes_before_the_address_only_where_it_has_the_source(project: Project, server: ArchiveServer) -> None:
    project.add("remote", **offered(server))
    project.add("village", **offered(server))
    write_files(project.mirror / "village", {"fine/7.jpg": b"seven"})
    assert project.run() == 0
    assert project.photos("village") == {"fine/7.jpg": b"seven"}
    assert project.photos("remote") == PHOTOS
    assert server.requests == 1


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
    project: Project, server: ArchiveServer, content: bytes, more: dict[str, str], code: str
) -> None:
    server.content = content
    project.add("remote", **offered(server, **more))
    project.add_mirrored("village")
    assert [row[:2] for row in fetched_from(project, Supply(mirror=project.mirror))] == [("remote", code)]
    assert not (project.raw / "remote").exists()
    assert not (project.raw / "remote.json").exists()
    assert project.photos("village") == PHOTOS


def test_broken_archive_is_downloaded_anew(project: Project, server: ArchiveServer) -> None:
    good, server.content = server.content, b"<html>log in</html>"
    project.add("remote", **offered(server))
    fetched_from(project, Supply())
    server.content = good
    assert fetched_from(project, Supply()) == []
