"""Stage ``calibrate``: fit temperature, thresholds and confidence bands; the result is a bundle in models/candidate."""

import json

from majani.model.bundle import sha256_hex, write_bundle
from training.artifacts import CANDIDATE_DIR, CLASSES_FILE, INT8_FILE, read_splits, sound_field_photos
from training.bundle.build import calibrate
from training.bundle.graph import load
from training.settings import read_params


def main() -> None:
    """Run the stage."""
    field = sound_field_photos(read_splits("val"))
    class_ids: list[str] = json.loads(CLASSES_FILE.read_text(encoding="utf-8"))
    bundle = calibrate(load(INT8_FILE), class_ids, field, read_splits("train"), read_params().calibrate)
    write_bundle(bundle, CANDIDATE_DIR)
    print(f"calibrate: bundle {bundle.manifest.version}, sha256 {sha256_hex(bundle.model)[:12]}")
    print(bundle.manifest.rules.model_dump_json(indent=2))
    print(dict(bundle.manifest.metrics))


if __name__ == "__main__":
    main()
