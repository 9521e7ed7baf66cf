"""The shipped bundle's own features on real photos: beans among beans, and flowers among them."""

from collections.abc import Iterator
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


def photos(folder: Path, count: int) -> Iterator[bytes]:
    yield from (file.read_bytes() for file in islice(sorted(folder.rglob("*.jpg")), count))


def embeddings(diagnoser: Diagnoser, folder: Path, count: int) -> list[Floats]:
    seen = (diagnoser.examine([photo]).evidence[0].embedding for photo in photos(folder, count))
    return [one for one in seen if one is not None]


@pytest.fixture(scope="module")
def references(shipped: Diagnoser, mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> References:
    """Of beans alone."""
    known = [
        KnownPhoto(
            Reference(file=f"{folder}{number}.jpg".replace("_", ""), class_id=class_id, source="ibean"), b"", one
        )
        for class_id, folder in FOLDERS.items()
        for number, one in enumerate(embeddings(shipped, mirror / "ibean/train" / folder, KNOWN))
    ]
    held_out = [
        embedding
        for folder in FOLDERS.values()
        for embedding in embeddings(shipped, mirror / "ibean/val" / folder, HELD_OUT)
    ]
    directory, model = tmp_path_factory.mktemp("known"), shipped.manifest.model.sha256
    write_references(
        directory,
        known,
        model_sha256=model,
        held_out=np.stack(held_out),
        sources={"ibean": Attribution(title="iBean", licence="MIT", home="https://example.org")},
        training_photos=dict.fromkeys(FOLDERS, 300),
    )
    return References.read(directory, model_sha256=model)


def test_flowers_are_new_and_beans_are_not(shipped: Diagnoser, references: References, mirror: Path) -> None:
    beans = [
        references.novelty(embedding)
        for folder in FOLDERS.values()
        for embedding in embeddings(shipped, mirror / "ibean/test" / folder, NEW)
    ]
    flowers = [references.novelty(embedding) for embedding in embeddings(shipped, mirror / "negatives_flowers", NEW)]
    assert 0.1 < float(np.median(beans)) < 0.9
    assert min(flowers) == 1
