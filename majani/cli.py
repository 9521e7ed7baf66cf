"""The command line: one plant, a folder, an archive; and which model answers.

Nothing is decided here. Exit status: 0 answered (whatever the answer), 1 a failure of the domain, said in one line
``error: <code>: <text>`` on stderr, 2 wrong usage.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from majani.batch import diagnose_folder, walk_files
from majani.decision.diagnoser import MAX_PHOTOS, Diagnoser
from majani.decision.wording import describe_diagnosis, describe_model
from majani.errors import CaseError, ErrorCode, MajaniError
from majani.model.bundle import read_bundle

_bundle_option = click.option(
    "--bundle",
    "bundle_dir",
    envvar="MAJANI_BUNDLE",
    default="models/current",
    show_default=True,
    show_envvar=True,
    type=click.Path(path_type=Path),
    help="Directory with the model to ask.",
)


@click.group()
@click.version_option(package_name="majani")
def main() -> None:
    """Tells what is wrong with a leaf, how sure it is, and says so when it doesn't know."""


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--crop", help="Crop id, if known, such as bean; see 'majani model'.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option(
    "--csv",
    "csv_file",
    # Names of photos need not be UTF-8; they are written unchanged.
    type=click.File("w", encoding="utf-8", errors="surrogateescape", lazy=True),
    help="Diagnose every file below a folder as a case of its own; '-' writes to stdout.",
)
@_bundle_option
def diagnose(
    paths: tuple[Path, ...], crop: str | None, as_json: bool, csv_file: TextIO | None, bundle_dir: Path
) -> None:
    """Diagnose 1 to 5 PATHS that show one plant, or with --csv all photos of one folder."""
    folders = [path for path in paths if path.is_dir()]
    if csv_file is None and folders:
        raise click.UsageError(f"{folders[0]} is a folder; add --csv FILE to diagnose each photo in it.")
    if csv_file is not None and (len(paths) != 1 or not folders or as_json):
        raise click.UsageError("--csv takes exactly one folder, and no --json.")
    with _failures_in_one_line():
        if csv_file is None:
            _diagnose_case(paths, crop=crop, as_json=as_json, bundle_dir=bundle_dir)
        else:
            _diagnose_folder(folders[0], crop=crop, csv_file=csv_file, bundle_dir=bundle_dir)


def _no_part(_context: click.Context, _option: click.Parameter, part: str) -> None:
    if part != "1/1":  # which scripts for 0.3.0 may say
        raise click.BadParameter("machines share an archive as a Ray cluster now: start it and give its --address.")


@main.command()
@click.argument("source", metavar="INPUT")
@click.argument("output")
@click.option(
    "--address", envvar="RAY_ADDRESS", show_envvar=True, help="Ray cluster that does it, such as 10.0.0.1:6379 or auto."
)
@click.option("--part", default="1/1", hidden=True, expose_value=False, callback=_no_part)
@click.option("--engine", type=click.Choice(["local", "ray"]), hidden=True, expose_value=False)  # said by old scripts
@click.option("--processes", type=click.IntRange(min=1), help="Photos at a time.  [default: as many as cores]")
@click.option("--crop", help="Crop id that holds for all photos, if known.")
@click.option(
    "--photos-per-file",
    type=click.IntRange(1, 100_000),
    default=200,
    show_default=True,
    help="Rows of one output file, which are done again if the run is killed meanwhile.",
)
@_bundle_option
def bulk(  # noqa: PLR0913, PLR0917 - one argument per option
    source: str,
    output: str,
    address: str | None,
    processes: int | None,
    crop: str | None,
    photos_per_file: int,
    bundle_dir: Path,
) -> None:
    """Diagnose an archive into Parquet files, and go on where an earlier run was killed.

    INPUT is a folder, a .parquet file with a column "path", or a text file with one path in each line; OUTPUT is a
    folder. Both may be addresses such as s3://bucket/photos.
    """
    try:
        # Needs the extra `bulk`.
        from majani.bulk.progress import Progress  # noqa: PLC0415
        from majani.bulk.run import Options, run  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise click.UsageError(f"{error.name} is missing: pip install 'majani[bulk]'") from error
    with _failures_in_one_line():
        summary = run(
            source,
            output,
            options=Options(read_bundle(bundle_dir), crop, photos_per_file, processes, address),
            progress=Progress(),
        )
    click.echo(f"{summary.photos} photos, {summary.errors.total()} of them with an error.", err=True)
    for code, photos in summary.errors.most_common():
        click.echo(f"  {code}: {photos}", err=True)


@main.command()
@_bundle_option
def model(bundle_dir: Path) -> None:
    """Print version, thresholds and classes of the model."""
    with _failures_in_one_line():
        click.echo("\n".join(describe_model(Diagnoser.from_directory(bundle_dir).manifest)))


def _diagnose_case(paths: Sequence[Path], *, crop: str | None, as_json: bool, bundle_dir: Path) -> None:
    if len(paths) > MAX_PHOTOS:  # before a whole folder, spelt out by the shell, is read into memory
        raise CaseError(
            ErrorCode.CASE_TOO_MANY_PHOTOS,
            f"{len(paths)} photos; one plant takes at most {MAX_PHOTOS}. For many plants give a folder and --csv",
        )
    diagnoser = Diagnoser.from_directory(bundle_dir)
    diagnosis = diagnoser.diagnose(paths, crop)
    if as_json:
        click.echo(diagnosis.model_dump_json(indent=2))
    else:
        click.echo(
            "\n".join(describe_diagnosis(diagnosis, photo_names=[click.format_filename(path) for path in paths]))
        )


def _diagnose_folder(folder: Path, *, crop: str | None, csv_file: TextIO, bundle_dir: Path) -> None:
    diagnoser = Diagnoser.from_directory(bundle_dir)
    own = os.path.realpath(csv_file.name)  # an earlier run's result may lie among the photos
    paths = [path for path in sorted(walk_files(folder)) if os.path.realpath(path) != own]
    with csv_file, click.progressbar(paths, label="Diagnosing", file=sys.stderr) as shown:
        errors = diagnose_folder(shown, folder=folder, diagnoser=diagnoser, crop=crop, csv_file=csv_file)
    click.echo(f"{len(paths)} files, {errors} of them with an error.", err=True)


@contextmanager
def _failures_in_one_line() -> Iterator[None]:
    try:
        yield
    except MajaniError as error:
        click.echo(f"error: {error.code}: {' '.join(str(error).split())}", err=True)
        sys.exit(1)
