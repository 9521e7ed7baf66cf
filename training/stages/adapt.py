"""Teach the running bundle a district's photos: labelled photos in, a bundle in models/adapted/NAME out; a minute.

    majani-train adapt NAME --photos FOLDER [--test FOLDER]

Not part of ``dvc repro``: a district's bundle is not the one that everybody gets.
"""

import json
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

import click
import numpy as np
import onnx
import pandas as pd

from majani.labels import words
from majani.model.bundle import CARD_FILE, SOURCES_FILE, Bundle, ClassEntry, NamedId, read_bundle, write_bundle
from majani.taxonomy import HEALTHY, OTHER, Kind, Taxonomy
from training.adaptation.adapt import Adapted, District, Kept, adapt
from training.adaptation.heads import halved
from training.adaptation.measure import answers_of, by_condition, lines_of
from training.adaptation.photos import Labelled, PhotosError, check, looks_like, opened, seen_by
from training.adaptation.results import adapted_card, findings, summarised, verdict_lines
from training.artifacts import files
from training.artifacts.embeddings import EmbeddingTable, read_embeddings
from training.bundle.assemble import class_entries
from training.bundle.graph import network_sha256
from training.release.gate import may_decide
from training.settings import Params, read_params
from training.sources.description import SOURCES_DIR, read_sources
from training.sources.ids import ids_of
from training.warm_start.repository import WarmStartError, read_samples, read_warm_start

ADAPTED_DIR = Path("models/adapted")
PHOTOS_FILE = "photos.csv"


@click.command()
@click.argument("name")
@click.option(
    "--photos",
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="Folders called after what they show; a CSV or xlsx with columns photo, label; or a zip or tar of either.",
)
@click.option("--test", type=click.Path(exists=True, path_type=Path), help="Other photos, which are only asked about.")
@click.option("--crop", help="Crop of labels that do not name one, such as rice.")
@click.option("--yes", is_flag=True, help="Take what is suggested for labels, without asking.")
@click.option("--bundle", "directory", default=files.CURRENT_DIR, show_default=True, type=click.Path(path_type=Path))
@click.option("--into", type=click.Path(path_type=Path), help="Folder of the new bundle, else models/adapted/NAME.")
@click.option(
    "--texts", default="data", show_default=True, type=click.Path(path_type=Path), help="Folder of taxonomy and advice."
)
@click.option("--summary", type=click.Path(path_type=Path), help="Write what it brings as JSON too, for a program.")
def main(  # noqa: PLR0913, PLR0917 - options
    name: str,
    photos: Path,
    test: Path | None,
    crop: str | None,
    yes: bool,
    directory: Path,
    into: Path | None,
    texts: Path,
    summary: Path | None,
) -> None:
    """Teach the running bundle the photos of a district, whose NAME the new one carries, unless its gate keeps it."""
    params, taxonomy = read_params(), files.read_taxonomy(texts / files.TAXONOMY_FILE.name)
    bundle = read_bundle(directory)
    with opened(photos) as here, nullcontext() if test is None else opened(test) as there:
        labels = {*here.labels, *(() if there is None else there.labels)}
        ids = ids_of(sorted(labels), crop, taxonomy, yes=yes)
        rows = check(here, ids, bundle, params.curate)
        network = network_sha256(onnx.load_model_from_string(bundle.model))
        local = seen_by(bundle, here.folder, rows[rows["problem"] == ""], network, title=name)
        others = None if there is None else _others(there, ids, bundle, here, local, params)
    kept, params = known(bundle, params)
    sources = read_sources(SOURCES_DIR, taxonomy).values()
    kept = Kept(kept.learned, kept.tested.where(may_decide(kept.tested.rows, sources)))
    district = describe(name, local, bundle, taxonomy)
    print("adapt: fits heads; a minute", flush=True)
    made = adapt(bundle, kept, district, params)
    former_pages = _pages(directory)
    print("\n".join(findings(made)))
    if others is not None:
        print("\non photos that were only asked about:")
        for title, one in (("before", bundle), ("after", made.bundle)):
            print("\n".join(lines_of(by_condition(answers_of(one, others)), title)))
    print("\n".join(verdict_lines(made.verdict)))
    target = into or ADAPTED_DIR / name
    if made.verdict.decision == "promote":
        write(made, target, rows, former_pages)
    if summary is not None:
        summary.write_text(json.dumps(summarised(made, rows)), encoding="utf-8")
    if made.verdict.decision == "keep":
        sys.exit(1)
    print(f"adapt: {target} holds {made.bundle.manifest.version}; the network is that of {directory}")


def _others(
    there: Labelled, ids: dict[str, str], bundle: Bundle, here: Labelled, local: EmbeddingTable, params: Params
) -> EmbeddingTable:
    rows = check(there, ids, bundle, params.curate)
    rows = rows[rows["problem"] == ""]
    # A photo that was learned would answer itself, also as a smaller copy.
    learned, asked = (
        [one.folder / photo for photo in table["photo"]] for one, table in ((here, local.rows), (there, rows))
    )
    is_known = looks_like(asked, learned, params.curate)
    if any(is_known):
        print(f"left out, like a photo that is taught: {sum(is_known)}")
    rows = rows[~np.array(is_known, dtype=bool)]
    if rows.empty:
        raise PhotosError("--test holds no photo that can be asked about and is not learned")
    return seen_by(bundle, there.folder, rows, local.network, title="test")


def describe(name: str, local: EmbeddingTable, bundle: Bundle, taxonomy: Taxonomy) -> District:
    """The district, with entries for the manifest of what the bundle does not know."""
    known = {entry.id for entry in bundle.manifest.classes}
    new = sorted(set(local.rows["class_id"]) - known)
    in_taxonomy = {condition.id for condition in taxonomy.conditions}
    entries = {entry.id: entry for entry in class_entries([one for one in new if one in in_taxonomy], taxonomy)}
    parents = {parent.id for parent in bundle.manifest.parents}
    for class_id in new:
        crop, _, tail = class_id.partition(".")
        entry = entries.get(class_id)
        if entry is None:
            kind = None if tail == OTHER else Kind.HEALTHY if tail == HEALTHY else Kind.COMPLEX
            entries[class_id] = ClassEntry(id=class_id, name=words(class_id), crop=crop, kind=kind)
        elif entry.parent not in parents:
            entries[class_id] = entry.model_copy(update={"parent": None})
    crops = sorted({class_id.partition(".")[0] for class_id in new} - {crop.id for crop in bundle.manifest.crops})
    names = {crop.id: crop.name for crop in taxonomy.crops}
    return District(
        name,
        local,
        entries=tuple(entries[one] for one in new),
        crops=tuple(NamedId(id=crop, name=names.get(crop, crop.replace("_", " ").capitalize())) for crop in crops),
    )


def _pages(directory: Path) -> dict[str, str]:
    """The card, and the sources; older cards name them themselves."""
    pages = {CARD_FILE: (directory / CARD_FILE).read_text(encoding="utf-8")}
    sources = directory / SOURCES_FILE
    return pages | ({SOURCES_FILE: sources.read_text(encoding="utf-8")} if sources.exists() else {})


def write(made: Adapted, target: Path, rows: pd.DataFrame, former_pages: Mapping[str, str]) -> None:
    """The bundle, its card, the sources of the former one, and which photos it learned under which id."""
    write_bundle(made.bundle, target)
    card = adapted_card(made.bundle.manifest, made.verdict, former_pages[CARD_FILE])
    for name, text in {**former_pages, CARD_FILE: card}.items():
        (target / name).write_text(text, encoding="utf-8")
    rows[["photo", "sha256", "label", "class_id", "visit", "group", "problem"]].to_csv(
        target / PHOTOS_FILE, index=False
    )


def known(bundle: Bundle, params: Params) -> tuple[Kept, Params]:
    """Embeddings, and settings for them: this machine's own, or else what the repository has."""
    if _has_own(network_sha256(onnx.load_model_from_string(bundle.model))):
        return Kept(read_embeddings(files.EMBEDDINGS_FILE), read_embeddings(files.TEST_EMBEDDINGS_FILE)), params
    share = read_warm_start(bundle.manifest.version).share
    learned, tested = read_samples()
    kept = Kept(halved(learned), tested)
    if missing := {entry.id for entry in bundle.manifest.classes} - set(kept.learned.rows["class_id"]):
        shown = ", ".join(sorted(missing))
        raise WarmStartError(
            f"no photo of {shown} is kept here, which reviewed cases or a source taken back showed: adapt where the "
            "bundle was trained"
        )
    return kept, params.for_sample(share)


def _has_own(network: str) -> bool:
    """Whether this machine's embeddings are of this network; they are large."""
    if not files.EMBEDDINGS_FILE.exists():
        return False
    with np.load(files.EMBEDDINGS_FILE, allow_pickle=False) as stored:
        return str(stored["network"]) == network
