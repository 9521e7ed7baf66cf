"""Take a source back: nothing more is learned from its photos, and what was kept of them goes.

What the running bundle has learned stays in it until another one replaces it; this says which parts these are.
"""

import shutil

import click

from majani.model.bundle import read_bundle, sha256_hex
from majani.text.example_photos import LIST_FILE, ExamplePhotos
from training.artifacts import files
from training.artifacts.embeddings import read_embeddings, write_embeddings
from training.places.answer_table import read_answers, write_answers
from training.sources.description import CATALOGUE_DIR, SOURCES_DIR, read_sources
from training.warm_start.repository import CARRIED_MANIFEST, CARRIED_PLACES, LEARNED, TESTED, WarmStart


@click.command()
@click.argument("source")
def main(source: str) -> None:
    """Take the photos of SOURCE back: from the pipeline, the warm start and the example photos."""
    description = SOURCES_DIR / f"{source}.yaml"
    if not description.exists():
        raise click.ClickException(f"{description} is missing: no such source is learned from")
    sources = read_sources(SOURCES_DIR, files.read_taxonomy())
    if whole := sources[source].part_of:
        raise click.ClickException(f"{source} is a part of {whole}, which can only be taken back as a whole")
    parts_of = [each.id for each in sources.values() if each.place == source]
    for name in parts_of:
        shutil.rmtree(files.RAW_DIR / name, ignore_errors=True)
        (files.RAW_DIR / f"{name}.json").unlink(missing_ok=True)
    _from_what_is_kept(source)
    _from_examples(source)
    # Last: whoever is killed before it can begin again.
    for name in sorted(parts_of, key=lambda name: name == source):
        (SOURCES_DIR / f"{name}.yaml").rename(CATALOGUE_DIR / f"{name}.yaml")
    parts = _learned_by(source, sources[source].title)
    if "network" in parts:
        print(
            f"take-back: the network of the running bundle has learned from {source}; "
            "with `train.start_from: null`, `dvc repro promote` trains anew"
        )
    elif parts:
        print(f"take-back: the head of the running bundle has learned from {source}; `dvc repro promote` fits it anew")
    else:
        print(f"take-back: the running bundle has learned nothing from {source}")


def _learned_by(source: str, title: str) -> tuple[str, ...]:
    """Parts of the running bundle; one of an older schema does not say which, so it counts as the network."""
    for known in read_bundle(files.CURRENT_DIR).manifest.provenance.sources if files.CURRENT_DIR.exists() else ():
        if source == known.id:
            return known.learned_by
        if known.id is None and known.title == title:
            return ("network",)
    return ()


def _from_what_is_kept(source: str) -> None:
    carried = [files.WARM_START_DIR / name for name in (LEARNED, TESTED)]
    for file in (*carried, files.EMBEDDINGS_FILE, files.TEST_EMBEDDINGS_FILE, *files.PLACES_DIR.glob("*.npz")):
        if file.exists():
            seen = read_embeddings(file)
            write_embeddings(seen.where(seen.rows["source"] != source), file)
    for file in (files.WARM_START_DIR / CARRIED_PLACES, files.ANSWERS_FILE, *files.NETWORKS_DIR.glob("*.parquet")):
        if file.exists():
            answers = read_answers(file)
            write_answers(answers[answers["source"] != source], file)
    manifest = files.WARM_START_DIR / CARRIED_MANIFEST
    if not manifest.exists():
        return
    start = WarmStart.model_validate_json(manifest.read_bytes())
    sha256 = {name: sha256_hex((files.WARM_START_DIR / name).read_bytes()) for name in start.sha256}
    text = start.model_copy(update={"sha256": sha256}).model_dump_json(indent=2)
    manifest.write_text(text + "\n", encoding="utf-8")


def _from_examples(source: str) -> None:
    listed = files.EXAMPLES_DIR / LIST_FILE
    if not listed.exists():
        return
    examples = ExamplePhotos.model_validate_json(listed.read_bytes())

    def is_of(name: str) -> bool:
        # A part of a source has a credit of its own.
        return name.partition(".")[0] == source

    photos = {
        condition: kept
        for condition, all_of_it in examples.photos.items()
        if (kept := tuple(photo for photo in all_of_it if not is_of(photo.source)))
    }
    sources = {name: credit for name, credit in examples.sources.items() if not is_of(name)}
    left = examples.model_copy(update={"photos": photos, "sources": sources})
    for file in examples.files - left.files:
        (files.EXAMPLES_DIR / file).unlink(missing_ok=True)
    listed.write_text(left.model_dump_json(indent=1, exclude={"bytes"}), encoding="utf-8")
