"""Photos that an agronomist uploads: single files of a folder, or an archive of them, read without trusting it.

Nothing is written here. Names in an archive are foreign input; only the name of a photo's folder is taken from them.
"""

import lzma
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import IO, NamedTuple

from majani.image.decode import MAX_PHOTO_BYTES
from serving.http.errors import RequestCode, RequestError
from serving.persistence.models import TITLE_LENGTH

# As many as an agronomist can have labelled; a request takes about a second for ten of them.
MAX_PHOTOS = 400
# With what a phone's or a computer's packer adds.
_MAX_ENTRIES = 4 * MAX_PHOTOS
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
# Photos are packed already and hardly shrink, so a body of 256 MB has no more than this in it.
MAX_UNPACKED_BYTES = 320 * 1024 * 1024
# As much is read at once, also of an archive's list of files: twice what as many entries with long paths take.
_PIECE_BYTES = 1 << 20
# What zipfile raises on damage: RuntimeError for encrypted entries and unknown compression.
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError)


class Uploaded(NamedTuple):
    """A photo as it came, and what its folder is called; empty for one that lies in none."""

    name: str
    data: bytes


def read_upload(files: Sequence[tuple[str, IO[bytes]]]) -> Iterator[Uploaded]:
    """The photos of a form's files, by name: photos themselves, or zip archives of them.

    Raises:
        RequestError: ``archive_broken``, ``archive_unsafe`` or ``archive_too_large``, before the first photo comes.
    """
    if len(files) == 1 and not _is_photo(files[0][0]):
        yield from _read_zip(files[0][1])
        return
    if any(name.lower().endswith(".zip") for name, _ in files):
        raise RequestError(RequestCode.ARCHIVE_BROKEN, "an archive comes alone")
    for name, file in files:
        if _is_photo(name):
            yield Uploaded(_folder(name), file.read(MAX_PHOTO_BYTES + 1))


class _Bounded:
    """A file for zipfile, which would read an archive's whole list at once, however long an archive says that it is."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.seek, self.tell, self.seekable = file, file.seek, file.tell, file.seekable

    def read(self, size: int = -1, /) -> bytes:
        if size > _PIECE_BYTES:
            raise _too_large("a list of files that is too long")
        return self._file.read(size)


def _read_zip(file: IO[bytes]) -> Iterator[Uploaded]:
    try:
        with zipfile.ZipFile(_Bounded(file)) as archive:
            entries = archive.infolist()
            photos = [one for one in entries if _is_photo(one.filename)]
            if len(entries) > _MAX_ENTRIES or len(photos) > MAX_PHOTOS:
                raise _too_large(f"more than {_MAX_ENTRIES} files or {MAX_PHOTOS} photos")
            if unsafe := [one.filename for one in entries if _leads_out(one.filename)]:
                raise RequestError(RequestCode.ARCHIVE_UNSAFE, f"{unsafe[0][:TITLE_LENGTH]!r} leads out of the archive")
            # Others unpack without a bound, whatever size is asked for.
            if not photos or any(one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for one in photos):
                raise RequestError(RequestCode.ARCHIVE_BROKEN, "there is no photo in it, or one that is packed oddly")
            if any(one.file_size > MAX_PHOTO_BYTES for one in photos):
                raise _too_large(f"a photo of more than {MAX_PHOTO_BYTES} bytes")
            # No entry unpacks to more than it says.
            if sum(one.file_size for one in photos) > MAX_UNPACKED_BYTES:
                raise _too_large(f"photos of more than {MAX_UNPACKED_BYTES} bytes together")
            # All are read once before any is kept: a damaged archive leaves nothing behind. As much as is bounded above
            # takes two seconds.
            for one in photos:
                deque(_pieces(archive, one), maxlen=0)
            for one in photos:
                yield Uploaded(_folder(one.filename), b"".join(_pieces(archive, one)))
    except _BROKEN as error:
        raise RequestError(RequestCode.ARCHIVE_BROKEN, "the archive is damaged, encrypted or no zip") from error


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(entry) as opened:
        while piece := opened.read(_PIECE_BYTES):
            yield piece


def _is_photo(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    is_hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return not is_hidden and path.suffix.lower() in _SUFFIXES


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in path.parts[0] if path.parts else False


def _folder(name: str) -> str:
    """``apple/Rust`` of ``photos/apple/Rust/1.jpg``: what a label needs of a path; the rest tells nothing."""
    return "/".join(PurePosixPath(name.replace("\\", "/").replace("\0", "")).parent.parts[-2:])[-TITLE_LENGTH:]


def _too_large(what: str) -> RequestError:
    return RequestError(RequestCode.ARCHIVE_TOO_LARGE, f"the archive has {what}")
