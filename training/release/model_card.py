"""The model card: what a bundle is for, what it was made from, how right it is, written from its own numbers."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from majani.decision.rules import right_of_ten
from majani.model.bundle import Manifest
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.files import split_sizes
from training.figures import Figure, interval_of, value_of
from training.places.rows import PlaceTable, Spread
from training.sources.description import Source

_TEMPLATES = Path(__file__).parent / "templates"
_OF_PLACES = ("top1", "named", "right", "refused")


def model_card(
    manifest: Manifest,
    *,
    figures: Mapping[str, Figure],
    places: PlaceTable,
    sources: Mapping[str, Source],
    photos: pd.DataFrame,
    promoted: str,
) -> str:
    """Write the card.

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
    return templates.get_template("MODEL_CARD.md.j2").render(
        manifest=manifest,
        conditions=len(manifest.classes) - len(REJECT_CLASSES),
        healthy=sum(one.id.endswith(".healthy") for one in manifest.classes),
        never=_never_named(manifest),
        only_unnamed=_only_without_a_crop(manifest),
        without_place=_named_without_place(manifest),
        cited=cited,
        domains={source.id: source.domain for source in sources.values()},
        next_place=_by_situation(places.spreads),
        measured=_by_source(figures, ("top1", "answered", "right_when_answered"), ""),
        outliers=_by_source(figures, ("refused", "named"), "outliers."),
        promoted=promoted,
        right_of_ten=right_of_ten,
        learned_by={source.id: source.learned_by for source in manifest.provenance.sources},
        sources=[(source, list(counts.loc[source.id])) for source in used],
    )


def _by_source(figures: Mapping[str, Figure], measures: tuple[str, ...], prefix: str) -> list[tuple[str, list[str]]]:
    """A row for each source: its figures with interval and n, empty where there is none."""
    of = {key.removeprefix(prefix): figure for key, figure in figures.items() if key.startswith(prefix)}
    named = [key.split(".") for key in of if key.count(".") == 1]
    sources = sorted({source for source, measure in named if measure in measures})
    return [(source, [_cell(of.get(f"{source}.{measure}")) for measure in measures]) for source in sources]


def _cell(figure: Figure | None) -> str:
    return "" if figure is None else f"{value_of(figure)} ({interval_of(figure)}; {figure.n})"


def _by_situation(spreads: Iterable[Spread]) -> list[tuple[str, str, int, list[str]]]:
    """A row by what was left out and situation, with all places: each measure's mean, its worst, in how many places."""
    rows: dict[tuple[str, str], dict[str, Spread]] = {}
    for one in spreads:
        given = one.situation.value.replace("_", " ") if one.situation else "one photo"
        rows.setdefault((one.kind.value, given), {})[one.measure] = one
    found = []
    for key, row in rows.items():
        places = max(one.places for one in row.values())
        cells = [_spread(row[measure], places) if measure in row else "" for measure in _OF_PLACES]
        found.append((*key, places, cells))
    return found


def _spread(one: Spread, places: int) -> str:
    in_some = "" if one.places == places else f"; in {one.places}"
    return f"{one.mean:.1f}" if places == 1 else f"{one.mean:.1f} (worst {one.worst:.1f}{in_some})"


def _never_named(manifest: Manifest) -> list[str]:
    """Conditions that no situation names; a crop where it is all of them."""
    of_crops = [one for one in manifest.classes if one.id not in REJECT_CLASSES]
    named = {one.id for one in of_crops if manifest.rules.may_name(one.id)}
    speaking = {one.crop for one in of_crops if one.id in named}
    return sorted({one.id if one.crop in speaking else str(one.crop) for one in of_crops if one.id not in named})


def _named_without_place(manifest: Manifest) -> list[str]:
    """Crops that are named, and of which no place was left out: rules of other crops stand in."""
    named = {str(one.crop) for one in manifest.classes if one.crop and manifest.rules.may_name(one.id)}
    return sorted(named - {crop for place in manifest.places for crop in place.crops})


def _only_without_a_crop(manifest: Manifest) -> list[str]:
    """What is named only where the sender names no crop."""
    rules = manifest.rules.of_case(photos=1, crop_named=True)
    named = (one.id for one in manifest.classes if one.crop and manifest.rules.may_name(one.id))
    return [id_ for id_ in named if rules.threshold(id_) >= 1]
