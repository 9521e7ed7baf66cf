"""A run from its input to its last file."""

import io
import itertools
import logging
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from majani.bulk.actor import PHOTOS, DiagnosingActor
from majani.bulk.photos import Listed, is_remote, listed
from majani.bulk.place import Place
from majani.decision.rules import refuse_unknown_crop
from majani.errors import BulkError, ErrorCode
from majani.frozen import FrozenModel
from majani.model.bundle import Bundle, sha256_hex

_KEY = b"majani"
_READERS = 16


class Question(FrozenModel):
    """The conditions of a run (the hash is the manifest's); rows of different conditions must not share a folder."""

    schema_version: int = 2
    source: str
    bundle_sha256: str
    crop: str | None


@dataclass
class Summary:
    """The result of a run: rows in all files, and how many have which error code."""

    photos: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    def add(self, rows: pa.Table) -> None:
        """Count the rows of one file."""
        self.photos += rows.num_rows
        self.errors.update(rows["error"].drop_null().to_pylist())


@dataclass(frozen=True)
class Options:
    """The conditions of a run, how many rows are lost at most when it is killed, and who does it.

    Without an ``address``, Ray starts on this machine alone. ``processes`` defaults to the number of cores.
    """

    bundle: Bundle
    crop: str | None = None
    photos_per_file: int = 200
    processes: int | None = None
    address: str | None = None


def run(source: str, output: str, *, options: Options, progress: Callable[[int, int], None]) -> Summary:
    """Diagnose every photo of an input that has no row yet, as a case of its own.

    ``progress`` is called with photos done and photos in all, first with what an earlier start left.

    Raises:
        CaseError: ``crop_unknown``.
        BulkError: ``bulk_output_differs`` if the output has rows of another question; ``bulk_input_unusable`` if there
            are no photos; ``bulk_place_unusable`` if photos cannot be fetched or rows not be written;
            ``bulk_process_failed`` if processes end before they have seen a photo, or Ray does not start.
    """
    refuse_unknown_crop(options.crop, options.bundle.manifest)
    place, summary = Place(output), Summary()
    question = Question(
        source=_absolute(source),
        bundle_sha256=sha256_hex(options.bundle.manifest.model_dump_json().encode()),
        crop=options.crop,
    )
    written = Counter[str]()
    for rows in _files(place, question):
        summary.add(rows)
        written.update(rows["path"].to_pylist())
    photos = list(listed(source, output=place))
    if not photos:
        raise BulkError(ErrorCode.BULK_INPUT_UNUSABLE, f"{source} has no photos")
    parts = list(_parts(photos, written, photos_per_file=options.photos_per_file))
    in_all = summary.photos + sum(part.num_rows for part in parts)
    progress(summary.photos, in_all)
    schema = None
    for answered in _diagnosed(parts, options) if parts else ():
        part, rows = answered["part"][0].as_py(), answered.drop_columns("part")
        if not part:
            raise BulkError(ErrorCode(rows["error"][0].as_py()), rows["path"][0].as_py())
        schema = schema or rows.schema.with_metadata({_KEY: question.model_dump_json().encode()})
        place.put(part, _parquet(rows.cast(schema)))
        summary.add(rows)
        progress(summary.photos, in_all)
    return summary


def _files(place: Place, question: Question) -> Iterator[pa.Table]:
    """Paths and errors of all rows that are written."""
    place.remove_unfinished()
    # Others' programs may pass over names that begin like this, and so do we.
    names = [name for name in place.names() if name.endswith(".parquet") and name[0] not in "._"]

    def read(name: str) -> pa.Table:
        try:
            with place.file_system.open(place.path(name), "rb") as file:
                rows = pq.read_table(file, columns=["path", "error"])
            found = Question.model_validate_json((rows.schema.metadata or {}).get(_KEY, b""))
        except (pa.ArrowException, ValidationError) as error:
            raise BulkError(
                ErrorCode.BULK_OUTPUT_DIFFERS,
                f"{place.url}: {name} is not of this program, or of an earlier release; choose another output",
            ) from error
        except OSError as error:
            raise BulkError(ErrorCode.BULK_PLACE_UNUSABLE, f"{place.url}: {name} cannot be read") from error
        if found != question:
            raise BulkError(
                ErrorCode.BULK_OUTPUT_DIFFERS,
                f"{place.url} has rows of another input, bundle or crop ({found.model_dump_json()}); "
                "choose another output",
            )
        return rows

    with ThreadPoolExecutor(_READERS) as readers:
        yield from readers.map(read, names)


def _parts(photos: list[Listed], written: Counter[str], *, photos_per_file: int) -> Iterator[pa.Table]:
    """The photos without a row, one table for each file, whose name sorts as the input and holds for these alone."""
    left = []
    for number, photo in enumerate(photos):
        # A list may name a photo twice.
        if written[photo.shown] > 0:
            written[photo.shown] -= 1
        else:
            left.append((number, photo))
    rest = iter(left)
    while chunk := list(itertools.islice(rest, photos_per_file)):
        shown, files = zip(*(photo for _, photo in chunk), strict=True)
        digest = sha256_hex(b"\n".join(files))[:8]
        name = f"part-{chunk[0][0]:09}-{digest}.parquet"
        yield pa.table([[name] * len(chunk), shown, files], schema=PHOTOS)


def _diagnosed(parts: list[pa.Table], options: Options) -> Iterator[pa.Table]:
    """Rows of each part, with the name of its file, in no particular order."""
    with _cluster(options) as ray:
        at_once = min(options.processes or int(ray.cluster_resources().get("CPU", 1)), len(parts))
        rows = ray.data.from_blocks(parts).map_batches(
            DiagnosingActor,
            batch_size=None,
            batch_format="pyarrow",
            fn_constructor_args=(secrets.token_hex(8), options.bundle, options.crop),
            # The pool shrinks with the cluster; otherwise an actor of a lost machine would wait for a core for ever.
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=options.processes, initial_size=at_once),
            num_cpus=1,
        )
        yield from rows.iter_batches(batch_size=None, batch_format="pyarrow")


@contextmanager
def _cluster(options: Options) -> Iterator[Any]:
    """Ray, on this machine alone or of a cluster. Any: to import it takes seconds."""
    # Ray would report to its maker how it is used.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if options.address is None:
        # Its processes listen on all addresses of the machine, and do what they are told.
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    try:
        import ray  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise BulkError(ErrorCode.BULK_PROCESS_FAILED, "Ray is missing: pip install 'majani[bulk]'") from error

    own: dict[str, Any] = {"num_cpus": options.processes or _cores(), "include_dashboard": False}
    try:
        ray.init(
            address=options.address or "local", logging_level=logging.WARNING, **own if options.address is None else {}
        )
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        yield ray
    except (ray.exceptions.RayError, ConnectionError) as error:
        raise BulkError(ErrorCode.BULK_PROCESS_FAILED, f"Ray: {error}") from error
    finally:
        ray.shutdown()


def _parquet(rows: pa.Table) -> bytes:
    file = io.BytesIO()
    pq.write_table(rows, file)
    return file.getvalue()


def _cores() -> int:
    # Those that this process may use, where the system tells.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _absolute(source: str) -> str:
    return source if is_remote(source.encode()) else str(Path(source).absolute())
