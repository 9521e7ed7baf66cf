"""Photos come out of foreign archives; nothing is written elsewhere, and nothing fills the disk."""

import io
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.training.files import pack_tar, pack_tar_gz, pack_zip, read_files
from training.sources import archive as module
from training.sources.archive import unpack
from training.sources.errors import FetchCode, FetchError

PHOTO = b"\xff\xd8 not really a photo \xff\xd9"
Pack = Callable[[Path, Mapping[str, bytes]], Path]


every_format = pytest.mark.parametrize("pack", [pack_zip, pack_tar, pack_tar_gz])


def refusal(archive: Path, target: Path, **more: str) -> FetchCode:
    with pytest.raises(FetchError) as caught:
        unpack(archive, target, **more)
    return caught.value.code


@every_format
@pytest.mark.parametrize(
    ("files", "root", "into", "expected"),
    [
        pytest.param(["a/1.jpg", "b/2.PNG", "b/3.jpeg", "b/4.WebP"], "", "", None, id="all kinds of photos"),
        pytest.param(["a/1.jpg", "a/readme.txt", "a/run.sh", "a/jpg"], "", "", ["a/1.jpg"], id="only photos"),
        pytest.param(["a/1.jpg", "a/._1.jpg", "__MACOSX/a/1.jpg"], "", "", ["a/1.jpg"], id="no shadow files of macOS"),
        pytest.param(["x/y/a/1.jpg", "x/z/a/2.jpg"], "x/y/", "", ["a/1.jpg"], id="root"),
        pytest.param(["xy/a/1.jpg", "x/a/2.jpg"], "x", "", ["a/2.jpg"], id="root is no mere beginning of a name"),
        pytest.param(["./x/a/1.jpg"], "x", "", ["a/1.jpg"], id="names that start with a dot"),
        pytest.param([".hidden/a/1.jpg"], ".hidden", "", ["a/1.jpg"], id="hidden above the root"),
        pytest.param(["x/a/1.jpg"], "x", "train/b", ["train/b/a/1.jpg"], id="root and into"),
        pytest.param(["x\\a\\1.jpg"], "x", "", ["a/1.jpg"], id="backslashes"),
        pytest.param(["maladie foliaire é/1.jpg", "a/dots..in..name.jpg"], "", "", None, id="unusual names"),
    ],
)
def test_unpacks(
    tmp_path: Path, pack: Pack, files: list[str], root: str, into: str, expected: list[str] | None
) -> None:
    archive = pack(tmp_path / "archive", dict.fromkeys(files, PHOTO))
    assert unpack(archive, tmp_path / "out", root=root, into=into) == len(expected or files)
    assert set(read_files(tmp_path / "out")) == set(expected or files)
    assert all((tmp_path / "out" / name).read_bytes() == PHOTO for name in expected or files)


@every_format
@pytest.mark.parametrize(
    ("name", "into"),
    [*((name, "") for name in ("../1.jpg", "a/../../1.jpg", "/a/1.jpg", "..\\1.jpg", "\\1.jpg")), ("1.jpg", "..")],
)
def test_refuses_to_write_elsewhere(tmp_path: Path, pack: Pack, name: str, into: str) -> None:
    archive = pack(tmp_path / "archive", {name: PHOTO, "a/good.jpg": PHOTO})
    assert refusal(archive, tmp_path / "out", into=into) is FetchCode.ARCHIVE_UNSAFE
    assert set(read_files(tmp_path)) == {"archive"}


def test_links_and_pipes_are_not_made(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    with tarfile.open(tmp_path / "archive", "w") as file:
        for name, kind in (("a", tarfile.SYMTYPE), ("b/1.jpg", tarfile.LNKTYPE), ("b/2.jpg", tarfile.FIFOTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, str(outside)
            file.addfile(info)
        photo = tarfile.TarInfo("a/1.jpg")
        photo.size = len(PHOTO)
        file.addfile(photo, io.BytesIO(PHOTO))
    assert unpack(tmp_path / "archive", tmp_path / "out") == 1
    assert set(read_files(tmp_path / "out")) == {"a/1.jpg"}
    assert not list(outside.iterdir())


@pytest.mark.parametrize("pack", [pack_zip, pack_tar_gz])
@pytest.mark.parametrize("name", ["a/1.jpg", "notes.txt"], ids=["as a photo", "beside the photos"])
def test_refuses_what_swells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Pack, name: str) -> None:
    monkeypatch.setattr(module, "RATIO_FREE_BYTES", 10_000)
    archive = pack(tmp_path / "archive", {name: bytes(5_000_000), "a/2.jpg": PHOTO})
    assert refusal(archive, tmp_path / "out") is FetchCode.ARCHIVE_TOO_LARGE
    assert not set(read_files(tmp_path / "out"))


def test_refuses_more_than_the_largest_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TOTAL_BYTES", 3 * len(PHOTO))
    three, four = (pack_tar(tmp_path / f"{n}", {f"a/{i}.jpg": PHOTO for i in range(n)}) for n in (3, 4))
    assert unpack(three, tmp_path / "out") == 3
    assert refusal(four, tmp_path / "out") is FetchCode.ARCHIVE_TOO_LARGE


def test_a_zip_that_lies_about_its_sizes_writes_no_more_than_it_says(tmp_path: Path) -> None:
    archive = pack_zip(tmp_path / "archive", {"a/1.jpg": bytes(1_000_000)})
    content = archive.read_bytes()
    archive.write_bytes(content.replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    assert refusal(archive, tmp_path / "out") is FetchCode.ARCHIVE_BROKEN
    assert sum(path.stat().st_size for path in (tmp_path / "out").rglob("*.jpg")) <= 10


def damaged(content: bytes) -> bytes:
    middle = len(content) // 3
    return content[:middle] + bytes(byte ^ 0xFF for byte in content[middle : middle + 20]) + content[middle + 20 :]


@pytest.mark.parametrize("pack", [pack_zip, pack_tar_gz])
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda content: content[: len(content) * 2 // 3], id="truncated"),
        pytest.param(damaged, id="damaged"),
        pytest.param(lambda _: b"<html>please log in</html>", id="a web page"),
    ],
)
def test_broken(tmp_path: Path, pack: Pack, spoil: Callable[[bytes], bytes]) -> None:
    photo = bytes(range(256)) * 200
    archive = pack(tmp_path / "archive", {f"a/{n}.jpg": photo[n:] for n in range(20)})
    archive.write_bytes(spoil(archive.read_bytes()))
    assert refusal(archive, tmp_path / "out") is FetchCode.ARCHIVE_BROKEN


def test_an_encrypted_zip_and_a_tar_with_an_unreadable_header_are_broken(tmp_path: Path) -> None:
    tar = pack_tar(tmp_path / "tar", {f"a/{n}.jpg": PHOTO for n in range(4)})
    content = bytearray(tar.read_bytes())
    content[1024:1034] = b"?" * 10  # the second entry's name: its checksum no longer fits
    tar.write_bytes(content)
    assert refusal(tar, tmp_path / "out") is FetchCode.ARCHIVE_BROKEN
    encrypted = pack_zip(tmp_path / "zip", {"a/1.jpg": PHOTO})
    content = bytearray(encrypted.read_bytes())
    content[6] |= 1  # general purpose flags: local header, then central directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    encrypted.write_bytes(content)
    assert refusal(encrypted, tmp_path / "out") is FetchCode.ARCHIVE_BROKEN
