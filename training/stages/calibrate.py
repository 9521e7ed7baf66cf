"""Stage ``calibrate``: fit head, temperature and rules; the result is a bundle in models/candidate."""

import json

import click
import onnx
import pandas as pd

from majani.model.bundle import read_bundle, sha256_hex, write_bundle
from training.artifacts import files
from training.artifacts.embeddings import EmbeddingTable, read_embeddings
from training.artifacts.files import refusing
from training.bundle.build import CalibrationError, calibrate, with_new_rules
from training.places.answer_table import as_table, places_in, read_answers, taken_over, write_answers
from training.places.answers import RunsMissingError, ask_runs, asked_places, classes_of
from training.settings import Params, read_params
from training.warm_start.repository import CARRIED_PLACES, LEARNED


@click.command()
@click.option(
    "--manifest-only",
    is_flag=True,
    help="Put rules fitted to the repository's places on models/current; train nothing.",
)
@refusing(CalibrationError, RunsMissingError)
def main(manifest_only: bool) -> None:
    """Fit head, temperature and rules: a complete bundle."""
    if manifest_only:
        bundle = with_new_rules(
            read_bundle(files.CURRENT_DIR),
            [out.place for out in places_in(read_answers(files.WARM_START_DIR / CARRIED_PLACES))],
            read_embeddings(files.WARM_START_DIR / LEARNED),
            read_params().calibrate,
        )
        write_bundle(bundle, files.CANDIDATE_DIR)
        print(f"calibrate: bundle {bundle.manifest.version}, the network and head of models/current with new rules")
        return
    params = read_params()
    in_graph: list[str] = json.loads(files.CLASSES_FILE.read_text(encoding="utf-8"))
    seen = read_embeddings(files.EMBEDDINGS_FILE)
    write_answers(_asked(seen, params), files.ANSWERS_FILE)
    places = [out.place for out in places_in(read_answers(files.ANSWERS_FILE))]
    class_ids = classes_of(seen.under(params.calibrate.terms))
    bundle = calibrate(onnx.load(files.INT8_FILE), in_graph, class_ids, seen, places, params.calibrate)
    write_bundle(bundle, files.CANDIDATE_DIR)
    print(f"calibrate: bundle {bundle.manifest.version}, sha256 {sha256_hex(bundle.model)[:12]}")
    print(f"places that nothing was learned from: {', '.join(place.name for place in places) or 'none'}")
    print(bundle.manifest.rules.model_dump_json(indent=2))
    print(dict(bundle.manifest.metrics))


def _asked(seen: EmbeddingTable, params: Params) -> pd.DataFrame:
    """The table of answers: of places that the network has not learned, and of those that the runs left out."""
    asked = list(asked_places(seen, params))
    if (former := taken_over(params.train)) is None:
        return as_table([*asked, *ask_runs(params)])
    table, again = read_answers(former), {out.place.name for out in asked}
    kept = [out for out in places_in(table) if out.place.name not in again]
    return as_table([*asked, *kept])
