import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pooch.core
import pytest

from tests.training.archive_server import ArchiveServer, archive_server
from training.sources.download import download
from training.sources.errors import FetchCode, FetchError

# pooch leaves the sockets of refused answers to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
CONTENT = random.Random(1).randbytes(600_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArchiveServer]:
    monkeypatch.setattr(pooch.core.time, "sleep", lambda _: None)
    with archive_server(CONTENT) as running:
        yield running


@pytest.mark.parametrize("broken", [0, 1, 4])
def test_a_broken_download_is_repeated_until_it_is_whole(server: ArchiveServer, tmp_path: Path, broken: int) -> None:
    server.broken = broken
    assert download(server.url, tmp_path / "archive", sha256=SHA256) == SHA256
    assert (tmp_path / "archive").read_bytes() == CONTENT
    assert server.requests == broken + 1
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


@pytest.mark.parametrize(
    ("broken", "status", "sha256", "code"),
    [
        pytest.param(99, 200, None, FetchCode.DOWNLOAD_FAILED, id="always broken off"),
        pytest.param(0, 404, None, FetchCode.DOWNLOAD_FAILED, id="404"),
        pytest.param(0, 200, "0" * 64, FetchCode.CHECKSUM_MISMATCH, id="another file"),
    ],
)
def test_it_gives_up_and_leaves_nothing(
    server: ArchiveServer, tmp_path: Path, broken: int, status: int, sha256: str | None, code: FetchCode
) -> None:
    server.broken, server.status = broken, status
    with pytest.raises(FetchError) as caught:
        download(server.url, tmp_path / "archive", sha256=sha256)
    assert caught.value.code is code
    assert server.requests == 5
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("content", "requests"), [(CONTENT, 0), (b"other", 1)], ids=["complete", "changed"])
def test_only_a_changed_file_is_fetched(server: ArchiveServer, tmp_path: Path, content: bytes, requests: int) -> None:
    (tmp_path / "archive").write_bytes(content)
    assert download(server.url, tmp_path / "archive", sha256=SHA256) == SHA256
    assert server.requests == requests


@pytest.mark.usefixtures("server")
def test_an_address_without_a_server_is_refused(tmp_path: Path) -> None:
    with archive_server(b"") as gone:
        url = gone.url
    with pytest.raises(FetchError) as caught:
        download(url, tmp_path / "archive")
    assert caught.value.code is FetchCode.DOWNLOAD_FAILED
