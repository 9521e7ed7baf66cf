from collections.abc import Iterator
from pathlib import Path

import pytest
import s3fs
import torch
from fsspec.core import url_to_fs

from benchmarks.harness import s3_server
from benchmarks.harness.s3_server import BUCKET
from training.fit.checkpoints import VARIABLE, checkpoints_url, last_checkpoint, load_checkpoint, remove_checkpoints


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    with s3_server.run_server() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()
        yield f"s3://{BUCKET}"
        s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture(params=["folder", "s3"])
def url(request: pytest.FixtureRequest, store: str, tmp_path: Path) -> str:
    """An empty place for checkpoints."""
    return str(tmp_path / "run") if request.param == "folder" else f"{store}/{tmp_path.name}"


def write(url: str, name: str, content: object, *, cut: int | None = None) -> None:
    files, root = url_to_fs(url)
    files.makedirs(root, exist_ok=True)
    with files.open(f"{root}/{name}", "wb") as file:
        torch.save(content, file)
    if cut is not None:
        files.pipe_file(f"{root}/{name}", files.cat_file(f"{root}/{name}")[:cut])


def test_the_newest_is_found_and_can_be_read_until_they_go_when_the_run_is_over(url: str) -> None:
    write(url, "epoch=0.ckpt", {"epoch": 0})
    found = last_checkpoint(url)
    assert found == f"{url}/epoch=0.ckpt"
    assert load_checkpoint(found) == {"epoch": 0}
    remove_checkpoints(url)
    assert last_checkpoint(url) is None
    remove_checkpoints(url)


@pytest.mark.parametrize("cut", [0, 1500, -1], ids=["empty", "half", "last byte missing"])
def test_one_that_a_kill_cut_off_is_removed(url: str, cut: int) -> None:
    write(url, "epoch=0.ckpt", {"weights": torch.zeros(1000)})
    write(url, "epoch=1.ckpt", {"weights": torch.zeros(1000)}, cut=cut)
    assert last_checkpoint(url) == f"{url}/epoch=0.ckpt"
    files, root = url_to_fs(url)
    files.invalidate_cache()
    assert [path.rpartition("/")[2] for path in files.ls(root, detail=False)] == ["epoch=0.ckpt"]


@pytest.mark.parametrize("failing", ["torch.load", "fsspec.implementations.local.LocalFileSystem.open"])
def test_a_whole_one_that_is_not_readable_now_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    write(str(tmp_path), "epoch=0.ckpt", {"epoch": 0})

    def fail(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(failing, fail)
    with pytest.raises(TimeoutError):
        load_checkpoint(str(last_checkpoint(str(tmp_path))))
    assert (tmp_path / "epoch=0.ckpt").exists()


def test_their_place_is_a_matter_of_the_machine() -> None:
    assert checkpoints_url("abc", {}) == "build/train/abc"
    assert checkpoints_url("abc", {VARIABLE: "s3://bucket/prefix/"}) == "s3://bucket/prefix/abc"
