"""Photos out of a zip or tar archive from outside the project.

Names inside an archive are foreign input: nothing is written outside the target folder, no link is created, and an
archive that would fill the disk is refused before it does. Only photos are unpacked, and tables that are named.
"""

import gzip
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path, PurePath
from typing import IO

from tqdm import tqdm

from training.sources.description import PHOTO_SUFFIXES
from training.sources.errors import FetchCode, FetchError

MAX_TOTAL_BYTES = 64 * 2**30  # several times the largest open leaf dataset
MAX_RATIO = 20  # photos are compressed already (ratio near 1); uncompressed-style PNGs reach 5
RATIO_FREE_BYTES = 64 * 2**20  # below this a high ratio does no harm
_MAX_TAR_PADDING_BYTES = 2**20  # zeros after the last entry; tar fills up to 10 KiB by default

# What the standard library raises on damage. zipfile: RuntimeError for encrypted entries, NotImplementedError for a
# compression it lacks, ValueError for undecodable headers.
_BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError),
    *(EOFError, RuntimeError, NotImplementedError, ValueError),
)


def is_photo(path: PurePath) -> bool:
    """Whether a relative path names a photo, judged by its suffix; hidden files and macOS's shadow files are none."""
    visible = not any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return visible and path.suffix.lower() in PHOTO_SUFFIXES


def unpack(archive: Path, target: Path, *, root: str = "", into: str = "", tables: Collection[str] = ()) -> int:
    """Write the photos of ``archive`` below ``target``.

    Args:
        archive: A zip file, or a tar file in any compression Python knows; told apart by content. Or a folder.
        target: Photos of the same name are overwritten there.
        root: Folder inside the archive whose content is wanted ("" for everything).
        into: Folder below ``target`` where it belongs.
        tables: Other files wanted, by their path below ``target``; an archive that has them all may be without photos.

    Returns:
        The number of photos written, at least 1 unless there are tables.

    Raises:
        FetchError: If the archive is broken, encrypted, unsafe, too large, or holds no photo below ``root``.
    """
    budget_bytes = MAX_TOTAL_BYTES
    if archive.is_file():
        budget_bytes = min(budget_bytes, max(RATIO_FREE_BYTES, MAX_RATIO * archive.stat().st_size))
    photos = 0
    top: set[str] = set()
    missing = set(tables)
    try:
        for name, size_bytes, content in tqdm(_files(archive), desc=archive.name, unit="file", disable=None):
            path = _inside(name)
            top.update(path.parts[:1])
            budget_bytes -= size_bytes  # unwanted files count too: a tar has to be read through them
            if budget_bytes < 0:
                raise FetchError(FetchCode.ARCHIVE_TOO_LARGE, f"{archive.name}: unpacks to far more than photos do")
            if not path.is_relative_to(root):
                continue
            wanted = _inside(into) / path.relative_to(root)
            if is_photo(wanted) or wanted.as_posix() in tables:
                _write(content, target / wanted)
                photos += is_photo(wanted)
                missing.discard(wanted.as_posix())
    except _BROKEN as error:
        raise FetchError(FetchCode.ARCHIVE_BROKEN, f"{archive.name}: damaged, encrypted or unknown format") from error
    if not photos and (missing or not tables):
        found = ", ".join(sorted(top)[:10]) or "nothing"
        raise FetchError(FetchCode.ROOT_NOT_FOUND, f"{archive.name}: no photo below {root!r}; at its top: {found}")
    return photos


def _files(archive: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Name, size in bytes and content of each regular file; links, pipes and folders are left out."""
    if archive.is_dir():
        for path in sorted(filter(Path.is_file, archive.rglob("*"))):
            with path.open("rb") as photo:
                yield path.relative_to(archive).as_posix(), path.stat().st_size, photo
    # tar first: a zip stored at the end of a tar makes is_zipfile say yes
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as tar:
            for entry in tar:
                content = tar.extractfile(entry) if entry.isreg() else None
                if content is not None:
                    yield entry.name, entry.size, content
            # tarfile stops without a word at a header that it cannot read, and never reaches a .tar.gz's checksum
            rest = tar.fileobj.read(_MAX_TAR_PADDING_BYTES) if tar.fileobj else b""
            if any(rest) or len(rest) == _MAX_TAR_PADDING_BYTES:
                raise tarfile.ReadError("no end where the last entry ends")
    else:
        with zipfile.ZipFile(archive) as file:
            for info in file.infolist():
                # Others unpack without a bound, however little is asked for at a time.
                if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise zipfile.BadZipFile(f"{info.filename} is packed in a way that is not read")
                if not info.is_dir():
                    with file.open(info) as content:
                        yield info.filename, info.file_size, content


def _inside(name: str) -> PurePath:
    """The name as a relative path; archives packed on Windows may separate folders by backslashes.

    Raises:
        FetchError: ``archive_unsafe`` if it leads out of the folder that it is unpacked to.
    """
    path = PurePath(name.replace("\\", "/"))
    if path.is_absolute() or path.drive or ".." in path.parts:
        raise FetchError(FetchCode.ARCHIVE_UNSAFE, f"{name!r} would be written outside the target folder")
    return path


def _write(content: IO[bytes], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        shutil.copyfileobj(content, file, 1 << 20)
