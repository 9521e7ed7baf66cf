"""The ways to one source's photos: a mirror, the dataset's official address, local archives.

Each leaves exactly the source's photos in a staging folder, whatever an interrupted attempt left there, and says which
archives they came from. When photos count as complete is decided in ``training.stages.fetch``.
"""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tqdm import tqdm

from training.sources.archive import UnpackCode, UnpackError, unpack
from training.sources.description import Source
from training.sources.download import DEFAULT_PATIENCE, Patience, download
from training.sources.record import TABLES, Archive, Origin, digest_file, photo_files


class FetchCode(StrEnum):
    """Why a source has no photos, beside the codes of the modules that download and unpack."""

    NO_DIRECT_LINK = "no_direct_link"
    LAYOUT_UNEXPECTED = "layout_unexpected"
    ARCHIVES_UNEXPECTED = "archives_unexpected"
    FILES_UNUSABLE = "files_unusable"


class FetchError(Exception):
    """One source cannot be fetched; the others can."""

    def __init__(self, code: FetchCode, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Supply:
    """Where photos may come from beside the official addresses, and how long to insist there.

    Attributes:
        mirror: Folder of folders named like the sources; where it has a source, nothing is downloaded.
        archives: Local archives to use instead, in the order of the source's downloads.
        root: Folder inside them that corresponds to the source's own root, for a source without downloads.
    """

    mirror: Path | None = None
    archives: tuple[Path, ...] = ()
    root: str = ""
    patience: Patience = DEFAULT_PATIENCE

    def mirrored(self, source: Source) -> Path | None:
        """The mirror's folder of ``source``, None if it has none. Farmers' cases are in no mirror."""
        folder = None if self.mirror is None or source.is_reviewed else self.mirror / source.id
        return folder if folder is not None and folder.is_dir() else None


def gather(source: Source, stage: Path, supply: Supply) -> tuple[Origin, tuple[Archive, ...]]:
    """Bring the source's photos into ``stage``.

    Args:
        source: What to bring.
        stage: Folder for the photos, new or left by an interrupted attempt; downloads wait beside it.
        supply: Local archives come first, then the mirror, then the official address.

    Raises:
        FetchError: If there is no way to the photos, or too few or too many archives.
        DownloadError: If the official address fails.
        UnpackError: If an archive is unusable.
    """
    mirrored = supply.mirrored(source)
    if not (supply.archives or mirrored or source.download):
        text = (
            f"{source.download_by_hand} Unpack it into data/raw/{source.id}, or name the archive: "
            f"python -m training.stages.fetch {source.id} --archive FILE"
        )
        raise FetchError(FetchCode.NO_DIRECT_LINK, text)
    stage.mkdir(parents=True, exist_ok=True)
    if supply.archives:
        return "archive", _unpack_local(source, stage, supply)
    if mirrored:
        _copy(mirrored, stage, source.id)
        return "mirror", ()
    return "official", _unpack_official(source, stage, supply.patience)


def _copy(mirrored: Path, stage: Path, label: str) -> None:
    photos = photo_files(mirrored)
    for stray in set(photo_files(stage)) - set(photos):
        (stage / stray).unlink()
    for photo in tqdm(photos, desc=label, unit="photo", disable=None):
        content, target = (mirrored / photo).read_bytes(), stage / photo
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def _unpack_local(source: Source, stage: Path, supply: Supply) -> tuple[Archive, ...]:
    files = supply.archives
    places = [(one.root, one.into) for one in source.download] or [(supply.root, "")] * len(files)
    if len(places) != len(files):
        text = f"{source.id} consists of {len(places)} archives, not {len(files)}; give all, in the order of its file"
        raise FetchError(FetchCode.ARCHIVES_UNEXPECTED, text)
    archives = tuple(
        Archive(url=None, sha256=digest_file(file), root=root, into=into)
        for file, (root, into) in zip(files, places, strict=True)
    )
    _unpack_all(files, archives, stage, source)
    return archives


def _unpack_official(source: Source, stage: Path, patience: Patience) -> tuple[Archive, ...]:
    # Named by address: after a change of address, nothing of the old file is continued.
    files = [stage.with_name(hashlib.sha256(one.url.encode()).hexdigest()[:16]) for one in source.download]
    archives = tuple(
        Archive(
            url=one.url,
            sha256=download(one.url, file, sha256=one.sha256, patience=patience, label=source.id),
            root=one.root,
            into=one.into,
        )
        for file, one in zip(files, source.download, strict=True)
    )
    try:
        _unpack_all(files, archives, stage, source)
    except UnpackError as error:
        if error.code is UnpackCode.ARCHIVE_BROKEN:  # perhaps by the download: the next run begins anew
            for file in files:
                file.unlink()
        raise
    return archives


def _unpack_all(files: Sequence[Path], archives: Sequence[Archive], stage: Path, source: Source) -> None:
    shutil.rmtree(stage)
    stage.mkdir()
    tables = TABLES if source.is_reviewed else ()
    with tqdm(desc=source.id, unit="photo", disable=None) as bar:
        for file, archive in zip(files, archives, strict=True):
            unpack(file, stage, root=archive.root, into=archive.into, tables=tables, on_photo=bar.update)
