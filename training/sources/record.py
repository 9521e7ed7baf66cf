"""What was fetched: one small file beside every folder of raw photos.

A record says where a source's photos came from and what exactly arrived, so that a later run can tell a complete
source from an interrupted or altered one. It holds neither times nor local paths: the same photos give the same bytes,
and DVC sees no change.
"""

import hashlib
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from majani.frozen import FrozenModel
from training.sources.archive import is_photo
from training.sources.description import Download, Source, SourceError

# What an export of the review desk holds beside photos, see training.reviews.export.
REVIEWS_TABLE = "reviews.csv"
PHOTOS_TABLE = "photos.csv"
TABLES = frozenset({REVIEWS_TABLE, PHOTOS_TABLE})

Origin = Literal["mirror", "official", "archive", "by_hand"]


class Archive(FrozenModel):
    """One archive that photos were unpacked from; a local one has no URL."""

    url: str | None
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    root: str
    into: str

    def came_from(self, download: Download) -> bool:
        """Whether fetching ``download`` again would give this archive, as far as its description tells."""
        described = (download.url, download.root, download.into)
        return described == (self.url, self.root, self.into) and download.sha256 in (None, self.sha256)


class Content(FrozenModel):
    """Which photos a folder holds.

    Attributes:
        files: Photos; tables are no photos, but count in what follows.
        sha256: Over one line ``<sha256 of the file>  <relative path>`` per photo, ordered by path. In a folder of
            photos only: ``find * -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum``.
    """

    files: int
    total_bytes: int
    sha256: str


class Record(FrozenModel):
    """One source as it lies in the raw folder; archives in the order in which they were unpacked."""

    source: str
    origin: Origin
    archives: tuple[Archive, ...] = ()
    content: Content

    def answers(self, source: Source) -> bool:
        """Whether the photos are those that ``source`` describes now; its official address may have changed."""
        if self.origin != "official":
            return True
        same_number = len(self.archives) == len(source.download)
        return same_number and all(map(Archive.came_from, self.archives, source.download))


def photo_files(folder: Path) -> list[Path]:
    """Relative paths of all photos below ``folder``, in the order of their bytes on every system.

    Raises:
        SourceError: If a folder in it is a link; its photos would be missing.
    """
    paths = list(folder.rglob("*"))
    if linked := sorted(str(path) for path in paths if path.is_symlink() and path.is_dir()):
        raise SourceError(f"links are not followed; put the folders themselves in the place of {', '.join(linked)}")
    found = (path.relative_to(folder) for path in paths if path.is_file())
    return sorted(filter(is_photo, found), key=lambda path: path.as_posix().encode())


def tables_of(source: Source) -> frozenset[str]:
    """What belongs to a source besides photos."""
    return TABLES if source.is_reviewed else frozenset((source.labels.file,) if source.labels else ())


def source_files(source: Source, folder: Path) -> list[Path]:
    """Relative paths of the source's photos below ``folder``, then of its tables."""
    return photo_files(folder) + [Path(name) for name in sorted(tables_of(source)) if (folder / name).is_file()]


def measure(source: Source, folder: Path) -> Content:
    """Count and digest the source's photos and tables below ``folder``; none if there is no folder."""
    files = source_files(source, folder)
    lines = hashlib.sha256()
    for file in files:
        lines.update(f"{digest_file(folder / file)}  {file.as_posix()}\n".encode())
    total_bytes = sum((folder / file).stat().st_size for file in files)
    return Content(files=sum(map(is_photo, files)), total_bytes=total_bytes, sha256=lines.hexdigest())


def digest_file(path: Path) -> str:
    """The file's sha256 as a hex digest."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_record(path: Path) -> Record | None:
    """The record in ``path``, or None if there is none that this version understands."""
    try:
        return Record.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def write_record(record: Record, path: Path) -> None:
    """Write the record in one step: an interruption leaves the old one or the new one, never half of it."""
    part = path.with_name(path.name + ".part")
    part.write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
    part.replace(path)
