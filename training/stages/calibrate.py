"""Stage ``calibrate``: fit head, temperature, thresholds and bands; the result is a bundle in models/candidate."""

import json

import onnx

from majani.model.bundle import sha256_hex, write_bundle
from training.artifacts.embeddings import read_embeddings
from training.artifacts.files import CANDIDATE_DIR, CLASSES_FILE, EMBEDDINGS_FILE, INT8_FILE, refusing
from training.bundle.build import CalibrationError, calibrate
from training.calibration.evidence import EvidenceError, read_evidence
from training.places.answers import RunsMissingError, all_places, classes_of
from training.settings import read_params
from training.warm_start.repository import WarmStartError


@refusing("calibrate", CalibrationError, EvidenceError, RunsMissingError, WarmStartError)
def main() -> None:
    """Run the stage."""
    params, evidence = read_params(), read_evidence()
    in_graph: list[str] = json.loads(CLASSES_FILE.read_text(encoding="utf-8"))
    seen, places = read_embeddings(EMBEDDINGS_FILE), all_places(params)
    class_ids = classes_of(seen.under(params.calibrate.terms))
    bundle = calibrate(onnx.load(INT8_FILE), in_graph, class_ids, seen, places, params.calibrate, evidence=evidence)
    write_bundle(bundle, CANDIDATE_DIR)
    print(f"calibrate: bundle {bundle.manifest.version}, sha256 {sha256_hex(bundle.model)[:12]}")
    print(f"places that nothing was learned from: {', '.join(place.name for place in places) or 'none'}")
    print(bundle.manifest.rules.model_dump_json(indent=2))
    print(dict(bundle.manifest.metrics))
