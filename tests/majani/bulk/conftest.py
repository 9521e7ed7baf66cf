"""An archive, a bundle and runs over it, for all tests of bulk classification."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from majani.bulk.run import Engine, Options, Summary, run
from majani.model.bundle import Bundle, read_bundle

PHOTOS_PER_FILE = 2


@pytest.fixture
def bundle(tiny_bundle_dir: Path) -> Bundle:
    return read_bundle(tiny_bundle_dir)


def rows(output: Path) -> list[dict[str, object]]:
    """All rows, in the order of the files."""
    parts = sorted(output.glob("part-*.parquet"))
    return [row for part in parts for row in pq.read_table(part).to_pylist()]


@pytest.fixture
def start(bundle: Bundle) -> Callable[..., Summary]:
    """Run over an input with two rows per file; keywords replace defaults."""

    def _start(source: object, output: object, **options: object) -> Summary:
        return run(
            str(source),
            str(output),
            options=Options(
                options.get("bundle", bundle),  # type: ignore[arg-type]
                options.get("crop"),  # type: ignore[arg-type]
                options.get("photos_per_file", PHOTOS_PER_FILE),  # type: ignore[arg-type]
            ),
            engine=options.get("engine", Engine.LOCAL),  # type: ignore[arg-type]
            processes=2,
            progress=options.get("progress", lambda *_: None),  # type: ignore[arg-type]
        )

    return _start
