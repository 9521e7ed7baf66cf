"""The model card: what a bundle is for, what it was made from, how right it is, written from its own numbers."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from majani.decision.rules import right_of_ten
from majani.model.bundle import Manifest
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.files import split_sizes
from training.figures import Figure, table
from training.places.rows import PlaceTable
from training.sources.description import Source

_TEMPLATES = Path(__file__).parent / "templates"


def model_card(
    manifest: Manifest,
    *,
    figures: Mapping[str, Figure],
    places: PlaceTable,
    sources: Mapping[str, Source],
    photos: pd.DataFrame,
) -> str:
    """Write the card from the bundle's evaluation, places left out, the described sources and the table of splits."""
    counts = split_sizes(photos)
    of_outliers = sorted(name for name in figures if name.startswith("outliers."))
    templates = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        # Markdown, which no browser reads as it is.
        autoescape=False,  # noqa: S701
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return templates.get_template("MODEL_CARD.md.j2").render(
        manifest=manifest,
        conditions=len(manifest.classes) - len(REJECT_CLASSES),
        never=sorted(class_id for class_id, threshold in manifest.rules.thresholds.per_class.items() if threshold >= 1),
        next_place=places.spreads,
        figures=table(figures, sorted(set(figures) - set(of_outliers))),
        outliers=table(figures, of_outliers) if of_outliers else None,
        right_of_ten=right_of_ten,
        learned_by={source.id: source.learned_by for source in manifest.provenance.sources},
        sources=[(source, list(counts.loc[source.id])) for source in sources.values() if source.id in counts.index],
    )
