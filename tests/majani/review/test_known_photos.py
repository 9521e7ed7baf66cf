"""The shipped bundle's own features on real photos: beans among beans, and flowers among them."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import Attribution
from majani.model.predictor import Floats
from majani.review.reference_photos import KnownPhoto, Reference, References, write_references

pytestmark = pytest.mark.mirror

BUNDLE = Path(__file__).parents[3] / "models/current"
FOLDERS = {"bean.rust": "bean_rust", "bean.angular_leaf_spot": "angular_leaf_spot", "bean.healthy": "healthy"}
KNOWN, HELD_OUT, NEW = 25, 12, 8


@pytest.fixture(scope="module")
def shipped() -> Diagnoser:
    return Diagnoser.from_directory(BUNDLE)


def embeddings(diagnoser: Diagnoser, folder: Path, count: int) -> list[Floats]:
    photos = [[file] for file in islice(sorted(folder.rglob("*.jpg")), count)]
    seen = (diagnoser.examine(photo).evidence[0].embedding for photo in photos)
    return [one for one in seen if one is not None]


@pytest.fixture(scope="module")
def references(shipped: Diagnoser, mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> References:
    """Of beans alone."""
    known = [
        KnownPhoto(
            Reference(file=f"{folder}{number}.jpg".replace("_", ""), class_id=class_id, source="beans"), b"", one
        )
        for class_id, folder in FOLDERS.items()
        for number, one in enumerate(embeddings(shipped, mirror / "ibean/train" / folder, KNOWN))
    ]
    held_out = [one for name in FOLDERS.values() for one in embeddings(shipped, mirror / "ibean/val" / name, HELD_OUT)]
    directory, model = tmp_path_factory.mktemp("known"), shipped.manifest.model.sha256
    credit = {"beans": Attribution(title="iBean", licence="MIT", home="https://example.org")}
    told = {"sources": credit, "training_photos": dict.fromkeys(FOLDERS, 300)}
    write_references(directory, known, model_sha256=model, held_out=np.stack(held_out), **told)
    return References.read(directory, model_sha256=model)


def test_flowers_are_new_and_beans_are_not(shipped: Diagnoser, references: References, mirror: Path) -> None:
    folders = [f"ibean/test/{folder}" for folder in FOLDERS.values()]
    *beans, flowers = (
        [references.novelty(one) for one in embeddings(shipped, mirror / folder, NEW)]
        for folder in (*folders, "negatives_flowers")
    )
    assert 0.1 < float(np.median(np.concatenate(beans))) < 0.9
    assert min(flowers) == 1
