"""Labelled photos from wherever a person has them, with ids for their labels, and a line for all that is left out."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pandas as pd

from majani.labels import Suggestion, settle, suggest
from majani.model.bundle import Bundle
from majani.taxonomy import Taxonomy
from training.adaptation.photos import Labelled, check, find_photos, is_table
from training.settings import Params
from training.sources.archive import unpack
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

    def ask(one: Suggestion) -> str:
        if yes:
            return one.class_id
        question = f"{one.label!r} is {'new' if one.is_new else 'perhaps'}"
        return str(click.prompt(f"{question}: its id, or - to leave it out", default=one.class_id)).strip("-")

    ids = dict(settle(suggest(labels, crop, taxonomy), ask, taxonomy))
    for label, class_id in ids.items():
        print(f"{label} -> {class_id}")
    return ids


def checked(labelled: Labelled, ids: dict[str, str], bundle: Bundle, params: Params) -> pd.DataFrame:
    """The table of photos; prints what was left out, and why."""
    rows = check(labelled, ids, bundle, params.curate)
    for problem, these in rows[rows["problem"] != ""].groupby("problem"):
        print(
            f"left out, {str(problem).replace('_', ' ')}: {', '.join(these['photo'][:5])}{', ...' * (len(these) > 5)}"
        )
    return rows
