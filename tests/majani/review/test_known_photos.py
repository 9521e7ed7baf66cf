"""The shipped bundle's own features on real photos: beans among beans, and flowers among them."""

from pathlib import Path

import numpy as np
import pytest

from majani.decision.diagnoser import Diagnoser
from majani.model.predictor import Floats
from majani.review.reference_photos import KnownPhoto, Reference, References, write_references

pytestmark = pytest.mark.mirror

BUNDLE = Path(__file__).parents[3] / "models/current"
FOLDERS = {"bean.rust": "bean_rust", "bean.angular_leaf_spot": "angular_leaf_spot", "bean.healthy": "healthy"}
KNOWN, HELD_OUT, NEW = 25, 12, 8


def test_flowers_are_new_and_beans_are_not(mirror: Path, tmp_path: Path) -> None:
    shipped = Diagnoser.from_directory(BUNDLE)

    def embeddings(folder: str, count: int) -> list[Floats]:
        photos = sorted((mirror / folder).rglob("*.jpg"))[:count]
        seen = (shipped.examine(photo).evidence[0].embedding for photo in photos)
        return [one for one in seen if one is not None]

    known = [
        KnownPhoto(Reference(file=f"{at}x{number}.jpg", class_id=class_id, source="beans"), b"", one)
        for at, (class_id, folder) in enumerate(FOLDERS.items())
        for number, one in enumerate(embeddings(f"ibean/train/{folder}", KNOWN))
    ]
    held_out = [one for folder in FOLDERS.values() for one in embeddings(f"ibean/val/{folder}", HELD_OUT)]
    model, told = shipped.manifest.model.sha256, {"sources": {}, "training_photos": dict.fromkeys(FOLDERS, 300)}
    write_references(tmp_path, known, model_sha256=model, held_out=np.stack(held_out), **told)
    references = References.read(tmp_path, model_sha256=model)
    folders = [f"ibean/test/{folder}" for folder in FOLDERS.values()]
    *beans, flowers = (
        [references.novelty(one) for one in embeddings(folder, NEW)] for folder in (*folders, "negatives_flowers")
    )
    assert 0.1 < float(np.median(np.concatenate(beans))) < 0.9
    assert min(flowers) == 1
