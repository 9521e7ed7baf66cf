"""A folder of photos to a CSV file, one case per photo; one bad photo is a row with its error, never the end.

Rows are written straight into the file and flushed one by one: an interrupted run of ten thousand photos keeps its
rows so far. The summary at the end, not the file's existence, says that a run is complete.
"""

import csv
import os
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TextIO, TypeAlias

import click

from majani.decision.diagnoser import Diagnoser
from majani.decision.rules import refuse_unknown_crop
from majani.errors import BulkError, ErrorCode, PhotoError
from majani.image.photo import read_photo

Row: TypeAlias = dict[str, object]

TOP = 3
COLUMNS = (
    "path",
    "outcome",
    "condition",
    "probability",
    "grade",
    "in_list",
    *(f"{column}_{place}" for place in range(1, TOP + 1) for column in ("candidate", "probability")),
    "retake",
    "error",
    "model_version",
)


def walk_files(folder: Path) -> Iterator[Path]:
    """All files below ``folder``, folder by folder; hidden ones and whatever lies in hidden folders are left out.

    The order is always the same. Links to folders are not followed. A folder that cannot be listed is yielded itself,
    so that it becomes a row with an error instead of a silent gap.
    """
    unlistable: list[Path] = []
    for parent, folders, files in os.walk(folder, onerror=lambda error: unlistable.append(Path(error.filename))):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(files) if not name.startswith("."))
        yield from unlistable
        unlistable.clear()
    yield from unlistable


def diagnose_folder(
    paths: Iterable[Path], *, folder: Path, diagnoser: Diagnoser, crop: str | None, csv_file: TextIO
) -> int:
    """Diagnose each photo below ``folder`` as a case of its own, and write one row for each.

    The file is opened for writing only after the crop has been checked.

    Returns:
        How many photos got no answer but an error.

    Raises:
        CaseError: ``crop_unknown``, before anything is written.
    """
    refuse_unknown_crop(crop, diagnoser.manifest)
    # The text layer turns "\n" into the system's own line end.
    writer = csv.DictWriter(csv_file, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    errors = 0
    for path in paths:
        name = path.relative_to(folder).as_posix()
        row = photo_row(name, partial(read_photo, path), diagnoser=diagnoser, crop=crop)
        errors += "error" in row
        writer.writerow(row)
        csv_file.flush()
    return errors


def photo_row(name: str, read: Callable[[], bytes], *, diagnoser: Diagnoser, crop: str | None) -> Row:
    """A photo's row, whatever is wrong with the photo; a BulkError of ``read`` is passed on."""
    try:
        cells = photo_cells(diagnoser, read(), crop=crop)
    except PhotoError as error:
        cells = {"error": error.code.value}
    except BulkError:
        raise
    # Any other error is a fault of this program; the other photos must not wait for its repair.
    except Exception:
        click.echo(f"{name}: {traceback.format_exc()}", err=True)
        cells = {"error": ErrorCode.PHOTO_CRASHED.value}
    return {"path": name, "model_version": diagnoser.manifest.version, **cells}


def photo_cells(diagnoser: Diagnoser, data: bytes, *, crop: str | None) -> dict[str, object]:
    """Cells of a photo's row by column; cells without a value are absent. Raises PhotoError if it cannot be read."""
    diagnosis = diagnoser.diagnose(data, crop)
    cells: dict[str, object] = {"outcome": diagnosis.outcome.value}
    if retake := " ".join(reason.value for photo in diagnosis.photos for reason in photo.retake):
        cells["retake"] = retake
    if diagnosis.grade is not None:
        cells |= {"grade": diagnosis.grade.value, "in_list": diagnosis.in_list}
    if diagnosis.condition is not None:
        cells |= {"condition": diagnosis.condition.id, "probability": diagnosis.condition.probability}
    for place, candidate in enumerate(diagnosis.ranked[:TOP], start=1):
        cells |= {f"candidate_{place}": candidate.id, f"probability_{place}": candidate.probability}
    return cells
