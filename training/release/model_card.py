"""The model card: what a bundle is for and how right it is; and the page of its sources, with licences and authors."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from majani.model.bundle import CARD_FILE, SOURCES_FILE, Manifest
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.files import split_sizes
from training.figures import Figure, interval_of, value_of
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
    promoted: str,
) -> dict[str, str]:
    """Write the card and the page of sources, by file name. Both go with the bundle: licences ask for attribution.

    Args:
        manifest: Of the bundle.
        figures: Of the bundle's evaluation.
        places: What became of places left out.
        sources: As they are described.
        photos: The table of splits.
        promoted: Why the bundle runs: what the gate said, and a person's reason if it was promoted by hand.
    """
    counts = split_sizes(photos)
    used = [source for source in sources.values() if source.id in counts.index]
    cited: dict[str, list[str]] = {}
    for source in used:
        ending = "" if source.redistributable else " Not passed on."
        cited.setdefault(f"{source.citation} {source.licence}.{ending}", []).append(source.id)
    templates = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        # Markdown, which no browser reads as it is.
        autoescape=False,  # noqa: S701
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    facts = {
        "manifest": manifest,
        "conditions": len(manifest.classes) - len(REJECT_CLASSES),
        "healthy": sum(one.id.endswith(".healthy") for one in manifest.classes),
        "without_place": _without_place(manifest),
        "cited": cited,
        "graded": places.graded,
        "crops": places.crops(),
        "cell": _percent,
        "measured": _by_source(figures, ("top1", "answered", "right_when_answered"), ""),
        "outliers": _by_source(figures, ("refused", "named"), "outliers."),
        "promoted": promoted,
        "learned_by": {source.id: source.learned_by for source in manifest.provenance.sources},
        "sources": [(source, list(counts.loc[source.id])) for source in used],
    }
    return {name: templates.get_template(f"{name}.j2").render(facts) for name in (CARD_FILE, SOURCES_FILE)}


def _by_source(figures: Mapping[str, Figure], measures: tuple[str, ...], prefix: str) -> list[tuple[str, list[str]]]:
    """A row for each source: its figures with interval and n, empty where there is none."""
    of = {key.removeprefix(prefix): figure for key, figure in figures.items() if key.startswith(prefix)}
    named = [key.split(".") for key in of if key.count(".") == 1]
    sources = sorted({source for source, measure in named if measure in measures})
    return [(source, [_cell(of.get(f"{source}.{measure}")) for measure in measures]) for source in sources]


def _percent(number: float | None) -> str:
    return "–" if number is None else f"{number:.1f}"


def _cell(figure: Figure | None) -> str:
    return "" if figure is None else f"{value_of(figure)} ({interval_of(figure)}; {figure.n})"


def _without_place(manifest: Manifest) -> list[str]:
    """Crops of which no place was left out: what other crops show stands in."""
    return sorted({crop.id for crop in manifest.crops} - {crop for place in manifest.places for crop in place.crops})
