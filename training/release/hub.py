"""Lay out a bundle as the Hugging Face Hub expects a model: its files, and a card with metadata.

    majani-train hub FOLDER [--bundle models/current]

Nothing is sent: ``hf upload NAME FOLDER`` does that.
"""

from collections.abc import Mapping
from pathlib import Path

import click
from huggingface_hub import EvalResult, ModelCard, ModelCardData

from majani.model.bundle import CARD_FILE, HEAD_FILE, MANIFEST_FILE, MODEL_FILE, SOURCES_FILE, Manifest, read_bundle
from majani.model.signature import SIGNATURE_FILE
from training.artifacts.files import CURRENT_DIR, read_taxonomy
from training.figures import Figure, bundle_sha256, read_figures
from training.sources.description import SOURCES_DIR, read_sources

_HUB = "https://huggingface.co/"
_TASK = "image-classification"
_METRICS = {"top1": "accuracy", "answered": "coverage", "right_when_answered": "selective accuracy"}


def card_data(manifest: Manifest, figures: Mapping[str, Figure]) -> ModelCardData:
    """The card's metadata; figures of other bundles and of anything but one source's photos stay out."""
    titles = {source.title for source in manifest.provenance.sources}
    sources = {
        key: source for key, source in read_sources(SOURCES_DIR, read_taxonomy()).items() if source.title in titles
    }
    weights, measured = manifest.provenance.weights.home, bundle_sha256(manifest)
    return ModelCardData(
        # The sources have several, and some of them are in doubt.
        license="other",
        license_name="licences-of-the-sources",
        license_link=f"{SOURCES_FILE}#licences-and-attribution",
        library_name="onnx",
        pipeline_tag=_TASK,
        tags=["plant-disease", "agriculture"],
        datasets=list(sources),
        base_model=weights.removeprefix(_HUB) if weights.startswith(_HUB) else None,
        model_name=f"Majani {manifest.version}",
        eval_results=[
            EvalResult(
                task_type=_TASK,
                dataset_type=source,
                dataset_name=sources[source].title,
                metric_type=_METRICS[name],
                metric_name=figure.title,
                metric_value=round(figure.value / 100, 5),
            )
            for key, figure in sorted(figures.items())
            for source, _, name in [key.partition(".")]
            if source in sources and name in _METRICS and figure.bundle_sha256 == measured
        ],
    )


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--bundle", type=click.Path(path_type=Path), default=CURRENT_DIR, help="Which one.")
def main(folder: Path, bundle: Path) -> None:
    """Lay a bundle out in FOLDER for a model hub; files in it that have other names stay."""
    read = read_bundle(bundle)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).write_bytes(read.model)
    if read.head is not None:
        (folder / HEAD_FILE).write_bytes(read.head)
    # As they are: a signature is over the manifest's bytes.
    for name in (MANIFEST_FILE, SIGNATURE_FILE, SOURCES_FILE):
        if (bundle / name).exists():
            (folder / name).write_bytes((bundle / name).read_bytes())
        else:
            # That of another bundle would be wrong.
            (folder / name).unlink(missing_ok=True)
    data, card = card_data(read.manifest, read_figures()), (bundle / CARD_FILE).read_text(encoding="utf-8")
    ModelCard(f"---\n{data.to_yaml()}\n---\n\n{card}").save(folder / "README.md")
    print(f"hub: `hf upload NAME {folder}` sends it")
