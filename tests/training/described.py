"""Descriptions of made-up sources over a small taxonomy that has room for those of the tiny bundle."""

from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from majani.taxonomy import Taxonomy, parse_taxonomy
from training.sources.description import Source

ROOT = Path(__file__).parents[2]
PARAMS_FILE = ROOT / "params.yaml"


def _sick(name: str, parent: str) -> dict[str, Any]:
    crop = name.partition(".")[0]
    return {"id": name, "crop": crop, "names": [name], "kind": "fungus", "parent": parent, "action": "spray"}


def _healthy(crop: str) -> dict[str, Any]:
    return {"id": f"{crop}.healthy", "crop": crop, "names": [f"healthy {crop}"], "kind": "healthy", "action": "nothing"}


_TAXONOMY: dict[str, Any] = {
    "version": "2026.1",
    "crops": [
        {"id": "bean", "name": "Bean", "scientific": "Phaseolus vulgaris"},
        {"id": "tomato", "name": "Tomato", "scientific": "Solanum lycopersicum"},
    ],
    "parents": [{"id": "leaf_spot", "name": "leaf spot"}, {"id": "blight", "name": "blight"}],
    "conditions": [
        _healthy("bean"),
        _sick("bean.rust", "leaf_spot"),
        _sick("bean.angular_leaf_spot", "leaf_spot"),
        _healthy("tomato"),
        _sick("tomato.late_blight", "blight"),
    ],
}


def taxonomy() -> Taxonomy:
    return parse_taxonomy(_TAXONOMY)


def description(name: str = "beans", **changes: Any) -> dict[str, Any]:
    """What the source's file holds; a change to None leaves the entry out."""
    entries = {
        "id": name,
        "title": name,
        "authors": ["Nobody"],
        "licence": "CC0-1.0",
        "citation": f"The makers of {name}.",
        "home": "https://example.org/",
        "domain": "field",
        "classes": {"rusty": {"to": "bean.rust"}, "fine": {"to": "bean.healthy"}},
        "download_by_hand": "Ask the authors.",
        **changes,
    }
    return {key: value for key, value in entries.items() if value is not None}


def source(name: str = "beans", **changes: Any) -> Source:
    return Source.model_validate(description(name, **changes))


def write_data(root: Path, *sources: dict[str, Any]) -> None:
    """The folder ``data`` below ``root`` as stages read it: the taxonomy and these sources."""
    (root / "data/sources").mkdir(parents=True)
    (root / "data/taxonomy.yaml").write_text(yaml.safe_dump(_TAXONOMY), encoding="utf-8")
    for one in sources:
        (root / "data/sources" / f"{one['id']}.yaml").write_text(yaml.safe_dump(one), encoding="utf-8")


def source_weights(**weight: float) -> pd.DataFrame:
    """As :func:`training.artifacts.files.read_source_weights` gives them; ``field_reviews`` holds reviewed cases."""
    reviewed = [name == "field_reviews" for name in weight]
    return pd.DataFrame({"weight": list(weight.values()), "is_reviewed": reviewed}, index=list(weight))
