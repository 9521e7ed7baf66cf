"""A run from its input to its last file, or the part of it that one of several machines does."""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.dataset

from majani.bulk.photos import is_remote, listed
from majani.bulk.place import Place
from majani.bulk.plan import PLAN_NAME, Plan, Question, write_plan
from majani.bulk.process_pool import run_chunks
from majani.bulk.worker import SCHEMA, Job, part_name
from majani.decision.rules import refuse_unknown_crop
from majani.errors import BulkError, ErrorCode
from majani.model.bundle import Bundle, sha256_hex


@dataclass(frozen=True)
class Summary:
    """The result of a whole run: rows in all files, and how many have which error code."""

    photos: int
    errors: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Options:
    """The conditions of a run, and how many rows of one process are lost at most when it is killed."""

    bundle: Bundle
    crop: str | None = None
    photos_per_file: int = 200
    part: tuple[int, int] = (1, 1)  # (2, 8) does the chunks whose number modulo 8 is 1.


def run(
    source: str,
    output: str,
    *,
    options: Options,
    processes: int | None,
    progress: Callable[[int, int], None],
) -> Summary | None:
    """Diagnose every photo of an input, or of this machine's part of it, as a case of its own.

    Started again after a kill, or by mistake, it does only the missing chunks. ``processes`` defaults to the number of
    cores. ``progress`` is called with photos done and photos of the part, first with what an earlier start left.

    Returns:
        The result of the whole run, or ``None`` while chunks of other parts are missing.

    Raises:
        CaseError: ``crop_unknown``.
        BulkError: ``bulk_output_differs`` if the output has rows of another question; others see there.
    """
    bundle, crop = options.bundle, options.crop
    refuse_unknown_crop(crop, bundle.manifest)
    place = Place(output)
    plan = _plan(source, place, options)
    number, parts = options.part
    own = range(plan.chunks)[number - 1 :: parts]
    missing = _missing(place, own)
    photos = sum(map(plan.size, own))
    done = photos - sum(map(plan.size, missing))
    progress(done, photos)
    for answered in run_chunks(Job(_absolute(output), bundle, crop), missing, processes=processes or _cores()):
        done += answered
        progress(done, photos)
    if _missing(place, range(plan.chunks)):
        return None
    # Only now, because until then they may be another machine's, and alive.
    place.remove_unfinished()
    return _summary(place, plan)


def _missing(place: Place, chunks: range) -> list[int]:
    names = set(place.names())
    return [chunk for chunk in chunks if part_name(chunk) not in names]


def _plan(source: str, place: Place, options: Options) -> Plan:
    question = Question(
        source=_absolute(source),
        bundle_sha256=sha256_hex(options.bundle.manifest.model_dump_json().encode()),
        crop=options.crop,
    )
    names = place.names()
    if PLAN_NAME not in names:
        if any(name.endswith(".parquet") for name in names):
            raise BulkError(ErrorCode.BULK_OUTPUT_DIFFERS, f"{place.url} has Parquet files that are not of this run")
        write_plan(place, listed(source, output=place), question=question, photos_per_file=options.photos_per_file)
    plan = Plan(place)
    if plan.question != question:
        raise BulkError(
            ErrorCode.BULK_OUTPUT_DIFFERS,
            f"{place.url} has rows of another input, bundle or crop ({plan.question.model_dump_json()}); "
            "choose another output",
        )
    return plan


def _cores() -> int:
    # Those that this process may use, where the system tells.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _absolute(source: str) -> str:
    return source if is_remote(source.encode()) else str(Path(source).absolute())


def _summary(place: Place, plan: Plan) -> Summary:
    files = [place.path(part_name(chunk)) for chunk in range(plan.chunks)]
    rows = pyarrow.dataset.dataset(files, schema=SCHEMA, format="parquet", filesystem=place.file_system)
    photos, errors = 0, Counter[str]()
    for batch in rows.to_batches(columns=["error"]):
        photos += batch.num_rows
        errors.update(code for code in batch.column(0).drop_null().to_pylist())
    return Summary(photos, errors)
