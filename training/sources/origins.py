"""The ways to one source's photos: a mirror, the dataset's official address, local archives.

Each leaves exactly the source's photos in a staging folder, whatever an interrupted attempt left there, and says which
archives they came from. When photos count as complete is decided in ``training.stages.fetch``.
"""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from training.sources.archive import unpack
from training.sources.description import Download, Source
from training.sources.download import download, download_repository
from training.sources.errors import FetchCode, FetchError
from training.sources.record import Archive, Origin, digest_file, measure, source_files, tables_of


@dataclass(frozen=True)
class Supply:
    """Where photos may come from besides the official addresses.

    Attributes:
        mirror: Folder of folders named like the sources; where it has a source, nothing is downloaded.
        archives: Local archives to use instead, in the order of the source's downloads.
        root: Folder inside them that corresponds to the source's own root, for a source without downloads.
    """

    mirror: Path | None = None
    archives: tuple[Path, ...] = ()
    root: str = ""

    def mirrored(self, source: Source) -> Path | None:
        """The mirror's folder of ``source``, None if it has none. Farmers' cases are in no mirror."""
        folder = None if self.mirror is None or source.is_reviewed else self.mirror / source.id
        return folder if folder is not None and folder.is_dir() else None


def gather(source: Source, stage: Path, supply: Supply) -> tuple[Origin, tuple[Archive, ...]]:
    """Bring the source's photos into the folder ``stage``, emptied first; downloads wait beside it.

    Raises:
        FetchError: If there is no way to the photos, or an archive is missing, superfluous or unusable.
    """
    mirrored = supply.mirrored(source)
    if not (supply.archives or mirrored or source.download):
        size = f"{source.size_bytes / 1e9:.2f} GB" if source.size_bytes else "size not known"
        text = (
            f"{source.download_by_hand} Home: {source.home} ({size}). Unpack it into data/raw/{source.id}, or name the "
            f"archive: majani-train fetch {source.id} --archive FILE"
        )
        raise FetchError(FetchCode.NO_DIRECT_LINK, text)
    if stage.exists():
        shutil.rmtree(stage)
    stage.mkdir(parents=True)
    if supply.archives:
        return "archive", _unpack_local(source, stage, supply)
    if mirrored:
        for file in tqdm(source_files(source, mirrored), desc=source.id, unit="photo", disable=None):
            (stage / file).parent.mkdir(parents=True, exist_ok=True)
            # The content alone: a mirror's files may be read-only.
            shutil.copyfile(mirrored / file, stage / file)
        return "mirror", ()
    return "official", _unpack_official(source, stage)


def _unpack_local(source: Source, stage: Path, supply: Supply) -> tuple[Archive, ...]:
    files = supply.archives
    places = [(download.root, download.into) for download in source.download] or [(supply.root, "")] * len(files)
    if len(places) != len(files):
        text = f"{source.id} consists of {len(places)} archives, not {len(files)}; give all, in the order of its file"
        raise FetchError(FetchCode.ARCHIVES_UNEXPECTED, text)
    archives = tuple(
        Archive(url=None, sha256=digest_file(file), root=root, into=into)
        for file, (root, into) in zip(files, places, strict=True)
    )
    _unpack_all(files, archives, stage, source)
    return archives


def _unpack_official(source: Source, stage: Path) -> tuple[Archive, ...]:
    # Named by address: after a change of address, the old file is not taken for the new one.
    files = [stage.with_name(hashlib.sha256(download.url.encode()).hexdigest()[:16]) for download in source.download]
    archives = tuple(
        Archive(url=download.url, sha256=_download(download, file, source), root=download.root, into=download.into)
        for file, download in zip(files, source.download, strict=True)
    )
    try:
        _unpack_all(files, archives, stage, source)
    except FetchError as error:
        if error.code is FetchCode.ARCHIVE_BROKEN:  # perhaps by the download: the next run begins anew
            for file in filter(Path.is_file, files):
                file.unlink()
        raise
    return archives


def _download(wanted: Download, target: Path, source: Source) -> str:
    if wanted.archive != "files":
        return download(wanted.url, target, sha256=wanted.sha256)
    download_repository(wanted.url, target, tables=tables_of(source))
    return measure(source, target).sha256


def _unpack_all(files: Sequence[Path], archives: Sequence[Archive], stage: Path, source: Source) -> None:
    for file, archive in zip(files, archives, strict=True):
        unpack(file, stage, root=archive.root, into=archive.into, tables=tables_of(source))
