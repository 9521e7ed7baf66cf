"""Drafts everything that a new crop needs, so that a bundle can learn and name it today, and says what is still to do.

What the drafts guess is marked "to do" in the files, or says that nobody has written it; no test of texts lets it pass.
"""

import os
import re
from pathlib import Path
from typing import Any

import click
import yaml
from pydantic import ValidationError

from majani.taxonomy import HEALTHY, REJECT_CLASSES
from training.artifacts.files import RAW_DIR, REVIEWS_SOURCE, TAXONOMY_FILE, read_taxonomy
from training.sources.description import OTHER, SOURCES_DIR, Source, SourceError
from training.sources.ids import ids_of
from training.sources.record import photo_files

ENGLISH_DIR = Path("data/languages/en")
FACTS_DIR = Path("data/advice")
_TO_DO = "To do"
_ID_PATTERN = "[a-z][a-z0-9_]*"
_FACTS = {
    **{"spread": "none", "cure": [], "confused_with": []},
    "practices": {"helps": {_TO_DO: ["check_others"]}},
    "sources": [{"title": _TO_DO, "publisher": _TO_DO, "year": None}],
    "review": {"status": "not_reviewed", "by": None, "on": None},
}


def describe_photos(crop: str, folder: Path, *, yes: bool = False) -> dict[str, Any]:
    """The description of photos that lie in folders named after their class, at any depth.

    Raises:
        ValueError: If there are no such photos, a folder's name gives no id, or the description is there.
        SourceError: If a folder is a link.
    """
    labels = sorted({photo.parent.name for photo in photo_files(folder) if photo.parent.name})
    path = SOURCES_DIR / f"{folder.name}.yaml"
    if not labels:
        raise ValueError(f"{folder} has no photos in folders named after what they show")
    if path.exists():
        raise ValueError(f"{path} is there: leave --photos out, or remove it")
    ids = ids_of(labels, crop, read_taxonomy(), yes=yes)
    described = {
        **{"id": folder.name, "title": folder.name, "authors": [_TO_DO], "licence": _TO_DO, "redistributable": False},
        **{"citation": _TO_DO, "home": "https://example.org/", "download_by_hand": _TO_DO, "domain": "field"},
        **({"family": crop} if set(ids.values()) & set(REJECT_CLASSES) else {}),
        "layout": "**/{class}/{file}",
        "classes": {label: {"to": class_id} for label, class_id in ids.items()},
    }
    try:
        Source.model_validate(described)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, fault['loc']))} {fault['input']!r}" for fault in error.errors())
        text = f"rename {wrong}: names become ids, which are short and match {_ID_PATTERN}, such as yellow_vein"
        raise ValueError(text) from error
    return described


def guessed_condition(condition_id: str, name: str) -> dict[str, Any]:
    """An entry of the taxonomy that somebody has to correct."""
    crop, _, tail = condition_id.partition(".")
    guessed = {"kind": "fungus", "parent": "leaf_spot", "action": "sanitation", "note": f"{_TO_DO}: all of it."}
    healthy = {"kind": HEALTHY, "action": "nothing"}
    return {"id": condition_id, "crop": crop, "names": [name], **(healthy if tail == HEALTHY else guessed)}


def draft(crop: str) -> list[str]:
    """Draft taxonomy, names, facts and English advice for conditions of the crop that only sources name; their ids."""
    sources = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(SOURCES_DIR.glob("*.yaml"))]
    shown = {mapping["to"] for source in sources for mapping in (source.get("classes") or {}).values()}
    taxonomy = read_taxonomy()
    known = {condition.id for condition in taxonomy.conditions}
    # What is none of a crop's conditions needs no name.
    new = sorted(one for one in shown - known - {f"{crop}.{OTHER}"} if one.startswith(f"{crop}."))
    names = {
        condition_id: f"{_words(condition_id.split('.')[1]).capitalize()} of {_words(crop)}" for condition_id in new
    }
    if f"{crop}.{HEALTHY}" in names:
        names[f"{crop}.{HEALTHY}"] = f"Healthy {_words(crop)}"
    if new and crop not in {known_crop.id for known_crop in taxonomy.crops}:
        entry = {"id": crop, "name": _words(crop).capitalize(), "scientific": _TO_DO}
        _insert(TAXONOMY_FILE, [entry], before="parents")
        _insert(ENGLISH_DIR / "names.yaml", {crop: {"name": entry["name"], "local": []}}, before="conditions")
    for condition_id in new:
        _insert(TAXONOMY_FILE, [guessed_condition(condition_id, names[condition_id])])
        _insert(ENGLISH_DIR / "names.yaml", {condition_id: {"name": names[condition_id], "local": []}}, before="causes")
        _insert(FACTS_DIR / f"{crop}.yaml", {condition_id: _FACTS}, indent=0)
        _insert(ENGLISH_DIR / "advice" / f"{crop}.yaml", {condition_id: _advice(names[condition_id])}, indent=0)
    return new


def _advice(name: str) -> dict[str, Any]:
    """Harmless where it is shown before somebody has written better."""
    return {
        "see": f"Compare several leaves with pictures of {name[0].lower()}{name[1:]}.",
        "why": "Nobody has written this yet.",
        "today": ["Mark the plant, and look at the plants around it."],
        "season": ["Look again every week."],
        "next_season": ["Plant seed or cuttings of healthy plants."],
        "call": "Call your extension officer if it spreads.",
        "text_short": f"{name}: ask your extension officer.",
    }


def _insert(path: Path, entries: object, *, before: str | None = None, indent: int = 2) -> None:
    """Add entries at the end of a file, or of the list above a key; comments of people stay as they are."""
    content = path.read_text(encoding="utf-8") if path.exists() else ""
    place = len(content) if before is None else content.index(f"\n{before}:")
    above = content[:place].rstrip("\n")
    lines = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=1000).splitlines()
    added = "\n".join(" " * indent + line for line in lines)
    below = content[len(above) :] or "\n"
    path.write_text(f"{above}\n{added}{below}".lstrip("\n"), encoding="utf-8")


def _words(slug: str) -> str:
    return slug.replace("_", " ")


@click.command()
@click.argument("crop")
@click.option(
    "--photos", type=click.Path(path_type=Path), metavar="FOLDER", help="Describe this folder, as a new source, first."
)
@click.option("--yes", is_flag=True, help="Take what is suggested for folders, and write, without asking.")
def main(crop: str, photos: Path | None, yes: bool) -> None:
    """Draft what CROP needs, such as sweet_potato, from what data/sources show of it; list what is left for people."""
    if not re.fullmatch(_ID_PATTERN, crop):
        raise click.UsageError(f"{crop!r} is no id: small letters, digits and _, such as sweet_potato")
    try:
        described = None if photos is None else describe_photos(crop, photos, yes=yes)
    except (SourceError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    if not yes:
        text = f"write drafts of what is new of {crop} to {TAXONOMY_FILE}, {FACTS_DIR} and {ENGLISH_DIR}"
        click.confirm(text if photos is None else f"describe {photos} in {SOURCES_DIR}, and {text}", True, abort=True)
    if photos is not None:
        with (path := SOURCES_DIR / f"{photos.name}.yaml").open("x", encoding="utf-8") as file:
            yaml.safe_dump(described, file, sort_keys=False, allow_unicode=True)
        print(f"{path}: say whose photos these are, and check the classes")
        found_in = (RAW_DIR, Path(os.environ.get("MAJANI_MIRROR") or RAW_DIR))
        if photos.resolve() not in [(folder / photos.name).resolve() for folder in found_in]:
            print(f"{RAW_DIR / photos.name}: put the photos here, or name the folder above them in MAJANI_MIRROR")
    known = [condition.id for condition in read_taxonomy().conditions if condition.crop == crop]
    new = draft(crop)
    print(f"drafted: {', '.join(new) or 'nothing'}")
    if new and known:
        print(f"{crop} has conditions already: {', '.join(known)}")
        print(f"{SOURCES_DIR}: write these as `to` of folders that show them, and remove the drafts (`git diff data`)")
    if new:
        print(f"{TAXONOMY_FILE}: scientific names, kinds, parents and actions are guesses; raise `version`")
        print(f"{FACTS_DIR}/{crop}.yaml, {ENGLISH_DIR}: facts, names and advice are drafts")
        print(f"data/languages/*/advice/{crop}.yaml, names.yaml: people see English until these are translated")
    if (reviews := SOURCES_DIR / f"{REVIEWS_SOURCE}.yaml").exists():
        print(f"{reviews}: take conditions of {crop} that photos show from `awaited`")
