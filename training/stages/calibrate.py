"""Stage ``calibrate``: fit head, temperature, thresholds and bands; the result is a bundle in models/candidate."""

import json
import sys

import onnx

from majani.model.bundle import sha256_hex, write_bundle
from training.artifacts import (
    CANDIDATE_DIR,
    CLASSES_FILE,
    EMBEDDINGS_FILE,
    INT8_FILE,
    WarmStartError,
    is_sound_crop,
    is_sound_field,
)
from training.bundle.build import calibrate
from training.calibration.seen_photos import read_seen
from training.places.answers import known_places
from training.settings import read_params


def main() -> None:
    """Run the stage."""
    params = read_params()
    class_ids: list[str] = json.loads(CLASSES_FILE.read_text(encoding="utf-8"))
    seen = read_seen(EMBEDDINGS_FILE)
    if not (is_sound_field(seen.rows) & is_sound_crop(seen.rows) & (seen.rows["split"] == "val")).any():
        sys.exit("calibrate: thresholds rest on validation photos of crops in the field, and there are none")
    try:
        places = known_places(params)
    except WarmStartError as error:
        sys.exit(f"calibrate: {error}")
    bundle = calibrate(onnx.load(INT8_FILE), class_ids, seen, places, params.calibrate)
    write_bundle(bundle, CANDIDATE_DIR)
    print(f"calibrate: bundle {bundle.manifest.version}, sha256 {sha256_hex(bundle.model)[:12]}")
    print(f"places that nothing was learned from: {', '.join(place.name for place in places) or 'none'}")
    print(bundle.manifest.rules.model_dump_json(indent=2))
    print(dict(bundle.manifest.metrics))


if __name__ == "__main__":
    main()
