"""Adapt the running bundle to a district: reviewed photos in, a bundle in models/adapted/NAME out; minutes.

    majani-train adapt NAME [--source field_reviews]

Not part of ``dvc repro``: a district's bundle is not the one that everybody gets.
"""

from dataclasses import replace
from pathlib import Path

import click
import onnx

from majani.errors import BundleError
from majani.model.bundle import CARD_FILE, Bundle, read_bundle, write_bundle
from training.adaptation.adapt import AdaptationError, District, Kept, adapt
from training.adaptation.card import adapted_card, table
from training.adaptation.heads import simulated
from training.artifacts.embeddings import read_embeddings
from training.artifacts.files import (
    CURRENT_DIR,
    EMBEDDINGS_FILE,
    REVIEWS_SOURCE,
    TEST_EMBEDDINGS_FILE,
    SplitsMissingError,
    read_splits,
    read_taxonomy,
)
from training.bundle.embedding import see_all_ways
from training.bundle.graph import network_sha256
from training.calibration.situations import Place
from training.places.answers import RunsMissingError, read_all
from training.places.carried import carried_districts
from training.release.gate import may_decide
from training.settings import Params, read_params
from training.sources.description import SOURCES_DIR, SourceError, read_sources
from training.warm_start.repository import WarmStartError, read_samples, read_warm_start

ADAPTED_DIR = Path("models/adapted")
_REFUSALS = (AdaptationError, BundleError, RunsMissingError, SourceError, SplitsMissingError, WarmStartError, OSError)


@click.command()
@click.argument("name")
@click.option("--source", default=REVIEWS_SOURCE, show_default=True, help="Whose photos are the district's.")
def main(name: str, source: str) -> None:
    """Adapt the running bundle to a district, whose NAME the new one carries, unless the gate keeps the running one."""
    params = read_params()
    try:
        bundle = read_bundle(CURRENT_DIR)
        kept, places, params = known(bundle, params)
        sources = read_sources(SOURCES_DIR, read_taxonomy()).values()
        kept = replace(kept, tested=kept.tested.where(may_decide(kept.tested.rows, sources)))
        photos = read_splits("train", "val", "test")
        here = photos[photos["source"] == source].reset_index(drop=True)
        district = District(name, see_all_ways(bundle, here, params.train, title=name))
        print(f"adapt: fits heads, and tries them on {len(places)} simulated districts; minutes", flush=True)
        made = adapt(bundle, kept, district, places, params)
        former_card = (CURRENT_DIR / CARD_FILE).read_text(encoding="utf-8")
    except _REFUSALS as error:
        raise click.ClickException(str(error)) from error
    print(table(made.verdict))
    print(f"adapt: {made.verdict.decision}: {made.verdict.reason}")
    if made.verdict.decision == "keep":
        raise click.ClickException("review more photos of the conditions that matter there; twenty of each often do")
    target = ADAPTED_DIR / name
    write_bundle(made.bundle, target)
    card = adapted_card(made.bundle.manifest, made.verdict, former_card)
    (target / CARD_FILE).write_text(card, encoding="utf-8")
    print(f"adapt: {target} holds {made.bundle.manifest.version}")


def known(bundle: Bundle, params: Params) -> tuple[Kept, list[Place], Params]:
    """Embeddings, simulated districts, and settings for them: this machine's own, or else what the repository has."""
    if EMBEDDINGS_FILE.exists():
        kept = Kept(read_embeddings(EMBEDDINGS_FILE), read_embeddings(TEST_EMBEDDINGS_FILE))
        if kept.learned.network == network_sha256(onnx.load_model_from_string(bundle.model)):
            districts = list(simulated(read_all(params.leave_out.runs), params.adapt, params.calibrate))
            # A quick round trains no networks to simulate with.
            return kept, districts or list(carried_districts()), params
    share = read_warm_start(bundle.manifest.version).share
    kept = Kept(*read_samples())
    if missing := {entry.id for entry in bundle.manifest.classes} - set(kept.learned.rows["class_id"]):
        shown = ", ".join(sorted(missing))
        raise WarmStartError(f"only reviewed cases show {shown}: adapt where the bundle was trained")
    return kept, list(carried_districts()), params.for_sample(share)
