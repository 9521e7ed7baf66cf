"""Labelled photos from wherever a person has them, with ids for their labels, and a line for all that is left out."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from majani.model.bundle import Bundle
from majani.taxonomy import Taxonomy
from training.adaptation.photos import Labelled, check, find_photos, is_table
from training.settings import Params
from training.sources.archive import unpack
from training.sources.ids import ids_of
from training.sources.record import TABLES


@contextmanager
def opened(given: Path) -> Iterator[Labelled]:
    """Labelled photos of a folder, a table, or an archive, which is unpacked for so long."""
    if given.is_dir() or is_table(given):
        yield find_photos(given)
        return
    with tempfile.TemporaryDirectory() as folder:
        unpack(given, Path(folder), tables=TABLES)
        yield find_photos(Path(folder))


def asked(here: Labelled, there: Labelled | None, crop: str | None, taxonomy: Taxonomy, *, yes: bool) -> dict[str, str]:
    """Ids by label; a person is asked about what is not sure."""
    labels = sorted({label for one in (here, there) if one is not None for label in one.labels})
    return ids_of(labels, crop, taxonomy, yes=yes)


def checked(labelled: Labelled, ids: dict[str, str], bundle: Bundle, params: Params) -> pd.DataFrame:
    """The table of photos; prints what was left out, and why."""
    rows = check(labelled, ids, bundle, params.curate)
    for problem, these in rows[rows["problem"] != ""].groupby("problem"):
        print(
            f"left out, {str(problem).replace('_', ' ')}: {', '.join(these['photo'][:5])}{', ...' * (len(these) > 5)}"
        )
    return rows
