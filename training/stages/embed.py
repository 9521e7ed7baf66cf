"""Stage ``embed``: what the exported network sees in all photos; heads and thresholds are fitted to it."""

import json

import onnx

from training.artifacts import files
from training.artifacts.embeddings import write_embeddings
from training.bundle.build import plain_bundle
from training.bundle.embedding import see
from training.settings import read_params


def main() -> None:
    """Run the stage. Test photos have a file of their own, which only measures are taken from."""
    classes: list[str] = json.loads(files.CLASSES_FILE.read_text(encoding="utf-8"))
    bundle, params = plain_bundle(onnx.load(files.INT8_FILE), classes), read_params().train
    for photos, file in (
        (files.read_splits("train", "val", files.OUTLIER, files.ASKED), files.EMBEDDINGS_FILE),
        (files.read_splits("test"), files.TEST_EMBEDDINGS_FILE),
    ):
        write_embeddings(see(bundle, photos, params, title=file.stem), file)
        print(f"embed: {len(photos)} photos, {file} {file.stat().st_size / 1e6:.1f} MB")
