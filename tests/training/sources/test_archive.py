import io
import stat
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from training.sources import archive as module
from training.sources.archive import UnpackCode, UnpackError, is_photo, unpack

PHOTO = b"\xff\xd8 not really a photo \xff\xd9"
Pack = Callable[[Path, Mapping[str, bytes]], Path]


def pack_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def _pack_tar(path: Path, files: Mapping[str, bytes], mode: str) -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def pack_tar(path: Path, files: Mapping[str, bytes]) -> Path:
    return _pack_tar(path, files, "w")


def pack_tar_gz(path: Path, files: Mapping[str, bytes]) -> Path:
    return _pack_tar(path, files, "w:gz")


def pack_tar_xz(path: Path, files: Mapping[str, bytes]) -> Path:
    return _pack_tar(path, files, "w:xz")


every_format = pytest.mark.parametrize("pack", [pack_zip, pack_tar, pack_tar_gz, pack_tar_xz])


def names_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@every_format
@pytest.mark.parametrize(
    ("files", "root", "into", "expected"),
    [
        pytest.param(["a/1.jpg", "b/2.PNG", "b/3.jpeg", "b/4.WebP"], "", "", None, id="all kinds of photos"),
        pytest.param(["a/1.jpg", "a/readme.txt", "a/run.sh", "a/jpg"], "", "", ["a/1.jpg"], id="only photos"),
        pytest.param(["a/1.jpg", "a/._1.jpg", "__MACOSX/a/1.jpg"], "", "", ["a/1.jpg"], id="no shadow files of macOS"),
        pytest.param(["x/y/a/1.jpg", "x/z/a/2.jpg"], "x/y", "", ["a/1.jpg"], id="root"),
        pytest.param(["x/y/a/1.jpg"], "x/y/", "", ["a/1.jpg"], id="root with a slash"),
        pytest.param(["xy/a/1.jpg", "x/a/2.jpg"], "x", "", ["a/2.jpg"], id="root is no mere beginning of a name"),
        pytest.param(["./x/a/1.jpg"], "x", "", ["a/1.jpg"], id="names that start with a dot"),
        pytest.param([".hidden/a/1.jpg"], ".hidden", "", ["a/1.jpg"], id="hidden above the root"),
        pytest.param(["a/1.jpg"], "", "train", ["train/a/1.jpg"], id="into"),
        pytest.param(["x/a/1.jpg"], "x", "train/b", ["train/b/a/1.jpg"], id="root and into"),
        pytest.param(["x\\a\\1.jpg"], "x", "", ["a/1.jpg"], id="backslashes"),
        pytest.param(["maladie foliaire é/1.jpg"], "", "", None, id="not only ASCII"),
        pytest.param(["a/dots..in..name.jpg"], "", "", None, id="dots in a name"),
    ],
)
def test_unpacks(
    tmp_path: Path, pack: Pack, files: list[str], root: str, into: str, expected: list[str] | None
) -> None:
    archive = pack(tmp_path / "archive", dict.fromkeys(files, PHOTO))
    calls: list[None] = []
    number = unpack(archive, tmp_path / "out", root=root, into=into, on_photo=lambda: calls.append(None))
    assert names_below(tmp_path / "out") == set(expected or files)
    assert number == len(calls) == len(expected or files)
    assert all((tmp_path / "out" / name).read_bytes() == PHOTO for name in expected or files)


@every_format
@pytest.mark.parametrize(
    "name", ["../1.jpg", "a/../../1.jpg", "a/..", "/a/1.jpg", "..\\1.jpg", "\\1.jpg", "C:\\1.jpg", "C:1.jpg"]
)
def test_refuses_to_write_elsewhere(tmp_path: Path, pack: Pack, name: str) -> None:
    archive = pack(tmp_path / "archive", {name: PHOTO, "a/good.jpg": PHOTO})
    with pytest.raises(UnpackError) as caught:
        unpack(archive, tmp_path / "out")
    assert caught.value.code is UnpackCode.ARCHIVE_UNSAFE
    assert names_below(tmp_path) == {"archive"}


def test_refuses_an_into_that_leaves_the_folder(tmp_path: Path) -> None:
    with pytest.raises(UnpackError) as caught:
        unpack(pack_zip(tmp_path / "archive", {"1.jpg": PHOTO}), tmp_path / "out", into="..")
    assert caught.value.code is UnpackCode.ARCHIVE_UNSAFE


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE], ids=["symbolic", "hard"])
def test_refuses_a_link_in_a_tar(tmp_path: Path, kind: bytes) -> None:
    archive = tmp_path / "archive"
    with tarfile.open(archive, "w") as file:
        info = tarfile.TarInfo("a/1.jpg")
        info.type, info.linkname = kind, "/etc/passwd"
        file.addfile(info)
    with pytest.raises(UnpackError) as caught:
        unpack(archive, tmp_path / "out")
    assert caught.value.code is UnpackCode.ARCHIVE_UNSAFE


def test_refuses_a_link_in_a_zip(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with zipfile.ZipFile(archive, "w") as file:
        info = zipfile.ZipInfo("a/1.jpg")
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        file.writestr(info, "/etc/passwd")
    with pytest.raises(UnpackError) as caught:
        unpack(archive, tmp_path / "out")
    assert caught.value.code is UnpackCode.ARCHIVE_UNSAFE


def test_a_linked_folder_leads_nowhere(tmp_path: Path) -> None:
    archive, outside = tmp_path / "archive", tmp_path / "outside"
    outside.mkdir()
    with tarfile.open(archive, "w") as file:
        link = tarfile.TarInfo("a")
        link.type, link.linkname = tarfile.SYMTYPE, str(outside)
        file.addfile(link)
        photo = tarfile.TarInfo("a/1.jpg")
        photo.size = len(PHOTO)
        file.addfile(photo, io.BytesIO(PHOTO))
    assert unpack(archive, tmp_path / "out") == 1
    assert (tmp_path / "out/a/1.jpg").read_bytes() == PHOTO
    assert not list(outside.iterdir())


def test_devices_and_pipes_are_not_made(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with tarfile.open(archive, "w") as file:
        pipe = tarfile.TarInfo("a/1.jpg")
        pipe.type = tarfile.FIFOTYPE
        file.addfile(pipe)
    with pytest.raises(UnpackError) as caught:
        unpack(archive, tmp_path / "out")
    assert caught.value.code is UnpackCode.ROOT_NOT_FOUND


@pytest.mark.parametrize("pack", [pack_zip, pack_tar_gz])
@pytest.mark.parametrize("name", ["a/1.jpg", "notes.txt"], ids=["as a photo", "beside the photos"])
def test_refuses_what_swells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Pack, name: str) -> None:
    monkeypatch.setattr(module, "RATIO_FREE_BYTES", 10_000)
    archive = pack(tmp_path / "archive", {name: bytes(5_000_000), "a/2.jpg": PHOTO})
    with pytest.raises(UnpackError) as caught:
        unpack(archive, tmp_path / "out")
    assert caught.value.code is UnpackCode.ARCHIVE_TOO_LARGE
    assert not names_below(tmp_path / "out")


@pytest.mark.parametrize(("limit", "value"), [("MAX_TOTAL_BYTES", 3 * len(PHOTO)), ("MAX_FILES", 3)])
def test_refuses_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    three = pack_tar(tmp_path / "three", {f"a/{n}.jpg": PHOTO for n in range(3)})
    four = pack_tar(tmp_path / "four", {f"a/{n}.jpg": PHOTO for n in range(4)})
    monkeypatch.setattr(module, limit, value)
    assert unpack(three, tmp_path / "out") == 3
    with pytest.raises(UnpackError) as caught:
        unpack(four, tmp_path / "out")
    assert caught.value.code is UnpackCode.ARCHIVE_TOO_LARGE


def test_a_zip_that_lies_about_its_sizes_writes_no_more_than_it_says(tmp_path: Path) -> None:
    archive = pack_zip(tmp_path / "archive", {"a/1.jpg": bytes(1_000_000)})
    content = archive.read_bytes()
    archive.write_bytes(content.replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(UnpackError) as caught:
        unpack(archive, tmp_path / "out")
    assert caught.value.code is UnpackCode.ARCHIVE_BROKEN
    assert sum(path.stat().st_size for path in (tmp_path / "out").rglob("*.jpg")) <= 10


def truncated(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


def damaged(content: bytes) -> bytes:
    middle = len(content) // 3
    return content[:middle] + bytes(byte ^ 0xFF for byte in content[middle : middle + 20]) + content[middle + 20 :]


def no_archive(_: bytes) -> bytes:
    return b"<html>please log in</html>"


def empty(_: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("pack", [pack_zip, pack_tar_gz, pack_tar_xz])
@pytest.mark.parametrize("spoil", [truncated, damaged, no_archive, empty])
def test_broken(tmp_path: Path, pack: Pack, spoil: Callable[[bytes], bytes]) -> None:
    photo = bytes(range(256)) * 200
    archive = pack(tmp_path / "archive", {f"a/{n}.jpg": photo[n:] for n in range(20)})
    archive.write_bytes(spoil(archive.read_bytes()))
    with pytest.raises(UnpackError) as caught:
        unpack(archive, tmp_path / "out")
    assert caught.value.code is UnpackCode.ARCHIVE_BROKEN


def test_a_tar_with_an_unreadable_header_is_not_taken_for_shorter(tmp_path: Path) -> None:
    archive = pack_tar(tmp_path / "archive", {f"a/{n}.jpg": PHOTO for n in range(4)})
    content = bytearray(archive.read_bytes())
    content[1024:1034] = b"?" * 10  # the second entry's name: its checksum no longer fits
    archive.write_bytes(content)
    with pytest.raises(UnpackError) as caught:
        unpack(archive, tmp_path / "out")
    assert caught.value.code is UnpackCode.ARCHIVE_BROKEN


def test_encrypted(tmp_path: Path) -> None:
    archive = pack_zip(tmp_path / "archive", {"a/1.jpg": PHOTO})
    content = bytearray(archive.read_bytes())
    content[6] |= 1  # general purpose flags: local header, then central directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(content)
    with pytest.raises(UnpackError) as caught:
        unpack(archive, tmp_path / "out")
    assert caught.value.code is UnpackCode.ARCHIVE_BROKEN


@every_format
@pytest.mark.parametrize(
    ("files", "root"),
    [
        pytest.param(["a/1.jpg"], "b", id="wrong root"),
        pytest.param(["a/readme.txt"], "", id="no photo"),
        pytest.param([], "", id="nothing"),
    ],
)
def test_nothing_to_unpack(tmp_path: Path, pack: Pack, files: list[str], root: str) -> None:
    archive = pack(tmp_path / "archive", dict.fromkeys(files, PHOTO))
    with pytest.raises(UnpackError) as caught:
        unpack(archive, tmp_path / "out", root=root)
    assert caught.value.code is UnpackCode.ROOT_NOT_FOUND


def test_a_tar_that_ends_with_a_zip_is_a_tar(tmp_path: Path) -> None:
    inner = pack_zip(tmp_path / "inner", {"b/2.jpg": PHOTO}).read_bytes()
    archive = pack_tar(tmp_path / "archive", {"a/1.jpg": PHOTO, "inner.zip": inner})
    unpack(archive, tmp_path / "out")
    assert names_below(tmp_path / "out") == {"a/1.jpg"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/1.jpg", True),
        ("a/1.JPEG", True),
        ("a/1.jpg.txt", False),
        (".jpg", False),
        ("a/.trash/1.jpg", False),
        ("a/1.gif", False),
        ("a/photo", False),
    ],
)
def test_is_photo(name: str, expected: bool) -> None:
    assert is_photo(Path(name)) is expected
