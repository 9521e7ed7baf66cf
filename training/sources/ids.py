"""Ids for what people call their folders: a person is asked about what is not sure, before anything is written."""

from collections.abc import Iterable

import click

from majani.labels import Suggestion, settle, suggest
from majani.taxonomy import Taxonomy


def ids_of(labels: Iterable[str], crop: str | None, taxonomy: Taxonomy, *, yes: bool) -> dict[str, str]:
    """Ids by label, and a line for each; ``yes`` takes what is suggested without asking.

    Raises:
        LabelError: If a label names no crop and none was given, or there are no letters in it.
    """

    def ask(one: Suggestion) -> str:
        if yes:
            return one.class_id
        question = f"{one.label!r} is {'new' if one.is_new else 'perhaps'}"
        return str(click.prompt(f"{question}: its id, or - to leave it out", default=one.class_id)).strip("-")

    ids = dict(settle(suggest(labels, crop, taxonomy), ask, taxonomy))
    for label, class_id in ids.items():
        print(f"{label} -> {class_id}")
    return ids
