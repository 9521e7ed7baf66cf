"""Photos out of a zip or tar archive that nobody here has packed.

Names inside an archive are foreign input: nothing is ever written outside the target folder, no link is ever created,
and an archive that would fill the disk is refused before it does. Only photos are unpacked, and tables that are asked
for by name.
"""

import gzip
import lzma
import re
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from enum import StrEnum
from functools import partial
from pathlib import Path, PurePath, PurePosixPath
from typing import IO, NamedTuple

from training.sources.description import PHOTO_SUFFIXES

MAX_TOTAL_BYTES = 64 * 2**30  # several times the largest open leaf dataset
MAX_FILES = 1_000_000
MAX_RATIO = 20  # photos are compressed already (ratio near 1); uncompressed-style PNGs reach 5
MAX_TAR_PADDING_BYTES = 2**20  # zeros after the last entry; tar fills up to 10 KiB by default
RATIO_FREE_BYTES = 64 * 2**20  # below this a high ratio harms nobody

# What the standard library raises on damage. zipfile: RuntimeError for encrypted entries, NotImplementedError for a
# compression it lacks, ValueError for undecodable headers.
_BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError),
    *(EOFError, RuntimeError, NotImplementedError, ValueError),
)


class UnpackCode(StrEnum):
    """Why an archive was refused."""

    ARCHIVE_BROKEN = "archive_broken"
    ARCHIVE_UNSAFE = "archive_unsafe"
    ARCHIVE_TOO_LARGE = "archive_too_large"
    ROOT_NOT_FOUND = "root_not_found"


class UnpackError(Exception):
    """An archive cannot be unpacked; what was written so far is not to be used."""

    def __init__(self, code: UnpackCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class _Member(NamedTuple):
    """One entry, whatever the format; ``open`` yields at most ``size_bytes`` bytes, whatever the archive holds."""

    name: str
    size_bytes: int
    is_file: bool
    is_link: bool
    open: Callable[[], IO[bytes]]


def is_photo(path: PurePath) -> bool:
    """Whether a relative path names a photo, judged by its suffix; hidden files and macOS's shadow files are none."""
    visible = not any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return visible and path.suffix.lower() in PHOTO_SUFFIXES


def unpack(
    archive: Path,
    target: Path,
    *,
    root: str = "",
    into: str = "",
    tables: Collection[str] = (),
    on_photo: Callable[[], object] = bool,
) -> int:
    """Write the photos of ``archive`` below ``target``.

    Args:
        archive: A zip file, or a tar file in any compression Python knows; told apart by content.
        target: Existing or new folder; photos of the same name are overwritten.
        root: Folder inside the archive whose content is wanted ("" for everything).
        into: Folder below ``target`` where it belongs.
        tables: Names of other files that are wanted from ``root`` itself; an archive that has them all may be without
            photos.
        on_photo: Called after each photo, for progress.

    Returns:
        The number of photos written, at least 1 unless there are tables.

    Raises:
        UnpackError: If the archive is broken, encrypted, unsafe, too large, or holds no photo below ``root``.
    """
    budget_bytes = min(MAX_TOTAL_BYTES, max(RATIO_FREE_BYTES, MAX_RATIO * archive.stat().st_size))
    photos = 0
    top: set[str] = set()
    missing = set(tables)
    try:
        for member in _members(archive):
            path = _safe_path(member.name)
            top.update(path.parts[:1])
            budget_bytes -= member.size_bytes  # unwanted entries count too: a tar has to be read through them
            if budget_bytes < 0 or photos >= MAX_FILES:
                raise UnpackError(UnpackCode.ARCHIVE_TOO_LARGE, f"{archive.name}: unpacks to far more than photos do")
            is_table = path.parent == PurePosixPath(root) and path.name in tables
            if not is_table and (not path.is_relative_to(root) or not is_photo(path.relative_to(root))):
                continue
            if member.is_link:
                raise UnpackError(UnpackCode.ARCHIVE_UNSAFE, f"{archive.name}: {member.name!r} is a link")
            if member.is_file:
                _write(member, target / _safe_path(into) / path.relative_to(root))
                missing.discard(path.name)
                photos += not is_table
                on_photo()
    except _BROKEN as error:
        raise UnpackError(UnpackCode.ARCHIVE_BROKEN, f"{archive.name}: damaged, encrypted or unknown format") from error
    if not photos and (missing or not tables):
        found = ", ".join(sorted(top)[:10]) or "nothing"
        raise UnpackError(UnpackCode.ROOT_NOT_FOUND, f"{archive.name}: no photo below {root!r}; at its top: {found}")
    return photos


def _members(archive: Path) -> Iterator[_Member]:
    # tar first: a zip stored at the end of a tar makes is_zipfile say yes
    yield from _tar_members(archive) if tarfile.is_tarfile(archive) else _zip_members(archive)


def _zip_members(archive: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(archive) as file:
        for info in file.infolist():
            is_link = stat.S_ISLNK(info.external_attr >> 16)
            yield _Member(info.filename, info.file_size, not info.is_dir(), is_link, partial(file.open, info))


def _tar_members(archive: Path) -> Iterator[_Member]:
    with tarfile.open(archive) as file:
        for info in file:
            is_link = info.issym() or info.islnk()
            yield _Member(info.name, info.size, info.isreg(), is_link, partial(_open_in_tar, file, info))
        # tarfile stops without a word at a header that it cannot read, and never reaches the checksum of a .tar.gz
        rest = file.fileobj.read(MAX_TAR_PADDING_BYTES) if file.fileobj else b""
        if any(rest) or len(rest) == MAX_TAR_PADDING_BYTES:
            raise tarfile.ReadError("no end where the last entry ends")


def _open_in_tar(file: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    opened = file.extractfile(info)
    if opened is None:
        raise tarfile.ReadError(f"{info.name} has no content")
    return opened


def _safe_path(name: str) -> PurePosixPath:
    """The name as a relative path; archives packed on Windows may separate folders by backslashes.

    Raises:
        UnpackError: If the name is absolute, has a drive letter, or climbs upwards.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match("[A-Za-z]:", name) or "\0" in name:
        raise UnpackError(UnpackCode.ARCHIVE_UNSAFE, f"{name!r} would be written outside the target folder")
    return path


def _write(member: _Member, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with member.open() as incoming, path.open("wb") as outgoing:
        shutil.copyfileobj(incoming, outgoing, 1 << 20)
