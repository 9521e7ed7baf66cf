"""Stage ``fetch``: the photos of every described source into ``data/raw/<source>``, in the source's own layout.

From a local mirror, the dataset's official address, or archives given by hand. A folder appears only when it is
complete, with its record ``data/raw/<source>.json`` beside it. From then on this stage repairs changes in it; photos
that a person has put there move to ``data/raw/<source>.by_hand``, which nothing reads. A folder filled by hand is only
recorded, never replaced. To fetch a source anew, delete its folder. Which sources there are and what they look like
stands in ``data/sources`` alone.

Reviewed cases come as the review desk exports them. Each export replaces the one before as a whole, so that a case that
a farmer has deleted is gone. A project without reviewers needs no export.
"""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import click
import yaml

from majani.errors import TaxonomyError
from training.artifacts.files import RAW_DIR, read_taxonomy
from training.reviews.export import ExportError, read_export
from training.sources.description import SOURCES_DIR, Source, SourceError, read_sources
from training.sources.errors import FetchCode, FetchError
from training.sources.listing import list_photos
from training.sources.origins import Supply, gather
from training.sources.record import Record, measure, photo_files, read_record, source_files, write_record

WORK_DIR = ".fetch"  # below the raw folder, so that finished photos move into place in one step; absent afterwards


def fetch_all(sources: Iterable[Source], raw: Path, supply: Supply) -> list[tuple[str, str, str]]:
    """Fetch every source that is not complete; source, code and reason of each that failed, which stops no other."""
    failures: list[tuple[str, str, str]] = []
    for source in sources:
        try:
            record = fetch(source, raw, supply)
            print(f"{source.id}: {record.content.files} photos ({record.origin})")
        except FetchError as error:
            failures.append((source.id, error.code.value, str(error)))
        # A linked folder; a full disk, a missing archive, a name that the file system refuses.
        except (SourceError, OSError) as error:
            failures.append((source.id, FetchCode.FILES_UNUSABLE.value, str(error)))
    return failures


def fetch(source: Source, raw: Path, supply: Supply) -> Record:
    """Make ``raw/<source>`` complete, and its record ``raw/<source>.json`` true.

    Raises:
        FetchError: If there is no way to the photos, an archive is unusable, or photos don't lie as described.
        SourceError: If a folder is a link.
        OSError: If files cannot be read or written.
    """
    folder, record_file = raw / source.id, raw / f"{source.id}.json"
    record, content = read_record(record_file), measure(source, folder)
    if content.files and (record is None or record.origin == "by_hand"):
        if supply.archives:
            text = f"{folder} holds photos put there by hand; move them away first"
            raise FetchError(FetchCode.ARCHIVES_UNEXPECTED, text)
        _check_layout(source, folder)
        record = Record(source=source.id, origin="by_hand", content=content)
        write_record(record, record_file)
        return record
    if record and not supply.archives and record.content == content and record.answers(source):
        mirrored = supply.mirrored(source)
        if record.origin != "mirror" or mirrored is None or _same_size(record, source, mirrored):
            return record
    return _fetch_anew(source, raw, supply)


def _fetch_anew(source: Source, raw: Path, supply: Supply) -> Record:
    folder, work = raw / source.id, raw / WORK_DIR / source.id
    stage = work / "photos"
    origin, archives = gather(source, stage, supply)
    _check_layout(source, stage)
    record = Record(source=source.id, origin=origin, archives=archives, content=measure(source, stage))
    # The record first: photos without one count as put there by hand, a record without its photos as interrupted.
    write_record(record, raw / f"{source.id}.json")
    if folder.exists():
        # Of cases, what is in no export was deleted.
        if not source.is_reviewed:
            _put_aside(folder, stage, raw / f"{source.id}.by_hand")
        shutil.rmtree(folder)
    stage.rename(folder)
    shutil.rmtree(work)
    with suppress(OSError):  # other sources are unfinished there
        work.parent.rmdir()
    return record


def _put_aside(folder: Path, fetched: Path, aside: Path) -> None:
    """Keep the photos that the source does not have: they may be nowhere else."""
    own = [photo for photo in photo_files(folder) if not (fetched / photo).exists()]
    for photo in own:
        (aside / photo).parent.mkdir(parents=True, exist_ok=True)
        (folder / photo).replace(aside / photo)
    if own:
        print(f"{folder.name}: {len(own)} photos that are not the source's are in {aside} now")


def _same_size(record: Record, source: Source, mirrored: Path) -> bool:
    """Whether the mirror still holds as many photos and bytes as were copied."""
    size = sum((mirrored / file).stat().st_size for file in source_files(source, mirrored))
    return (len(photo_files(mirrored)), size) == (record.content.files, record.content.total_bytes)


def _check_layout(source: Source, folder: Path) -> None:
    """Refuse a folder in which not one photo lies where the description says; a wrong ``root`` looks like that."""
    if source.is_reviewed:
        _check_export(source, folder)
        return
    try:
        listed = list_photos(source, folder).photos
    except SourceError as error:
        raise FetchError(FetchCode.LAYOUT_UNEXPECTED, str(error)) from error
    if not listed:
        example = next((photo.as_posix() for photo in photo_files(folder)), "no photo at all")
        text = f"no photo lies as {source.layout} with a described label; the first is {example}"
        raise FetchError(FetchCode.LAYOUT_UNEXPECTED, text)


def _check_export(source: Source, folder: Path) -> None:
    """Refuse a folder that is no export of the review desk; count the rows of an export that cannot be used."""
    try:
        left_out = read_export(folder, read_taxonomy()).left_out
    except ExportError as error:
        raise FetchError(FetchCode.LAYOUT_UNEXPECTED, str(error)) from error
    for code, count in sorted(Counter(name.code.value for name in left_out).items()):
        example = next(name.what for name in left_out if name.code.value == code)
        print(f"{source.id}: left out: {code}: {count}, the first is {example}")


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--archive",
    "archives",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Local archive of the one source named.",
)
@click.option("--root", default="", metavar="FOLDER", help="Folder inside it that holds the source.")
def main(sources: tuple[str, ...], archives: tuple[Path, ...], root: str) -> None:
    """Bring the photos of each SOURCE, or of all in data/sources, to data/raw, and list what failed."""
    if archives and len(sources) != 1:
        raise click.UsageError("--archive belongs to exactly one source")
    mirror = os.environ.get("MAJANI_MIRROR")
    if mirror and not Path(mirror).is_dir():
        raise click.UsageError(f"MAJANI_MIRROR: no such folder: {mirror}")
    try:
        known = read_sources(SOURCES_DIR, read_taxonomy())
    except (SourceError, TaxonomyError, yaml.YAMLError) as error:
        raise click.UsageError(str(error)) from error
    if unknown := set(sources) - set(known):
        raise click.UsageError(f"not in {SOURCES_DIR}: {', '.join(sorted(unknown))}")
    supply = Supply(Path(mirror) if mirror else None, archives, root)
    named = [known[name] for name in sources]
    there = [each for each in known.values() if not each.is_reviewed or read_record(RAW_DIR / f"{each.id}.json")]
    failures = fetch_all(named or there, RAW_DIR, supply)
    for source, code, reason in failures:
        print(f"{source}: {code}: {reason}", file=sys.stderr)
    # The pipeline does without outliers.
    if any(source in sources or known[source].role != "outliers" for source, *_ in failures):
        raise SystemExit(1)
