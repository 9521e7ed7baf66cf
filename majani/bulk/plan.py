"""The list of a run's photos, written before the first photo is read.

The plan is a Parquet file beside the rows, one row group per chunk. A process needs only a number to find its photos,
and no process holds the whole list. The first plan stays, whoever comes later or writes one at the same time: newer
photos need a new run.
"""

import itertools
import tempfile
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from majani.bulk.photos import Listed
from majani.bulk.place import Place
from majani.errors import BulkError, ErrorCode
from majani.frozen import FrozenModel

# Readers of folders of Parquet files pass over names that begin like this.
PLAN_NAME = "_plan.parquet"
_SCHEMA = pa.schema([("shown", pa.string()), ("file", pa.binary())])
_KEY = b"majani"


class Question(FrozenModel):
    """The conditions of a run (the hash is the manifest's); rows of different conditions must not share a folder."""

    schema_version: int = 1
    source: str
    bundle_sha256: str
    crop: str | None


class Plan:
    """The photos of a run, in chunks numbered from 0."""

    def __init__(self, place: Place) -> None:
        """Refer to the plan at ``place``, which must exist."""
        self._place = place

    @cached_property
    def _file(self) -> Any:
        # Kept open: a process asks for many chunks. Any: pyarrow is not typed.
        try:
            return pq.ParquetFile(self._place.file_system.open(self._place.path(PLAN_NAME), "rb"))
        except pa.ArrowInvalid as error:
            raise BulkError(ErrorCode.BULK_OUTPUT_DIFFERS, f"{self._place.url}: {PLAN_NAME} is not a plan") from error

    @property
    def question(self) -> Question:
        """What the photos are asked.

        Raises:
            BulkError: ``bulk_output_differs`` if the file is something else, or of another version of this program.
        """
        try:
            return Question.model_validate_json((self._file.schema_arrow.metadata or {}).get(_KEY, b""))
        except ValidationError as error:
            raise BulkError(ErrorCode.BULK_OUTPUT_DIFFERS, f"{self._place.url}: {PLAN_NAME} is not a plan") from error

    @property
    def photos(self) -> int:
        """How many there are."""
        return int(self._file.metadata.num_rows)

    @property
    def chunks(self) -> int:
        """How many chunks they are cut into."""
        return int(self._file.num_row_groups)

    def size(self, chunk: int) -> int:
        """Number of photos of a chunk."""
        return int(self._file.metadata.row_group(chunk).num_rows)

    def chunk(self, number: int) -> list[Listed]:
        """The photos of a chunk, in order."""
        table = self._file.read_row_group(number)
        return [Listed(*row) for row in zip(*(column.to_pylist() for column in table.columns), strict=True)]


def write_plan(place: Place, photos: Iterable[Listed], *, question: Question, photos_per_file: int) -> None:
    """Write a plan, whole or not at all, and not if another process was first.

    Raises:
        BulkError: ``bulk_input_unusable`` if there are no photos; ``bulk_place_unusable`` if it cannot be written.
    """
    schema = _SCHEMA.with_metadata({_KEY: question.model_dump_json().encode()})
    with tempfile.TemporaryDirectory(prefix="majani-plan-") as folder:
        path = Path(folder, PLAN_NAME)
        written = False
        with pq.ParquetWriter(path, schema) as writer:
            rest = iter(photos)
            while chunk := list(itertools.islice(rest, photos_per_file)):
                writer.write_table(pa.Table.from_pylist([photo._asdict() for photo in chunk], schema=schema))
                written = True
        if not written:
            raise BulkError(ErrorCode.BULK_INPUT_UNUSABLE, f"{question.source} has no photos")
        place.put(path, PLAN_NAME)
