"""Stage ``calibrate``: fit head, temperature, thresholds and bands; the result is a bundle in models/candidate."""

import json

import onnx
import pandas as pd

from majani.model.bundle import sha256_hex, write_bundle
from training.adaptation.heads import simulated
from training.artifacts.embeddings import EmbeddingTable, read_embeddings
from training.artifacts.files import ANSWERS_FILE, CANDIDATE_DIR, CLASSES_FILE, EMBEDDINGS_FILE, INT8_FILE, refusing
from training.bundle.build import CalibrationError, calibrate
from training.calibration.evidence import EvidenceError, read_evidence
from training.places.answer_table import as_table, districts_in, places_in, read_answers, taken_over, write_answers
from training.places.answers import RunsMissingError, ask_runs, asked_places, classes_of, read_all
from training.settings import Params, read_params
from training.warm_start.repository import WarmStartError


@refusing("calibrate", CalibrationError, EvidenceError, RunsMissingError, WarmStartError)
def main() -> None:
    """Run the stage."""
    params, evidence = read_params(), read_evidence()
    in_graph: list[str] = json.loads(CLASSES_FILE.read_text(encoding="utf-8"))
    seen = read_embeddings(EMBEDDINGS_FILE)
    write_answers(_asked(seen, params), ANSWERS_FILE)
    places = [out.place for out in places_in(read_answers(ANSWERS_FILE))]
    class_ids = classes_of(seen.under(params.calibrate.terms))
    bundle = calibrate(onnx.load(INT8_FILE), in_graph, class_ids, seen, places, params.calibrate, evidence=evidence)
    write_bundle(bundle, CANDIDATE_DIR)
    print(f"calibrate: bundle {bundle.manifest.version}, sha256 {sha256_hex(bundle.model)[:12]}")
    print(f"places that nothing was learned from: {', '.join(place.name for place in places) or 'none'}")
    print(bundle.manifest.rules.model_dump_json(indent=2))
    print(dict(bundle.manifest.metrics))


def _asked(seen: EmbeddingTable, params: Params) -> pd.DataFrame:
    """The table of answers: of places that the network has not learned, and of those that the runs left out."""
    asked = list(asked_places(seen, params))
    if (former := taken_over(params.train)) is None:
        runs = read_all(params.leave_out.runs)
        return as_table([*asked, *ask_runs(params)], simulated(runs, params.adapt, params.calibrate))
    table, again = read_answers(former), {out.place.name for out in asked}
    kept = [out for out in places_in(table) if out.place.name not in again]
    return as_table([*asked, *kept], districts_in(table))
