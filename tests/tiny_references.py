"""Known photos for the tiny bundle: drawn ones, a few of each of its conditions."""

from pathlib import Path

import numpy as np

from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import Attribution
from majani.review.reference_photos import KnownPhoto, Reference, write_references
from tests.drawn_leaf import drawn_leaf
from tests.picture_files import encoded

# Blade and number of spots of each. The tiny network only sees the mean colour.
_LEAVES = {
    "bean.healthy": ((50, 170, 45), 0),
    "bean.rust": ((215, 75, 45), 30),
    "bean.angular_leaf_spot": ((140, 130, 60), 20),
    "tomato.late_blight": ((105, 115, 95), 12),
}
_PER_CLASS = 5
_SIZE = (240, 240)


def write_tiny_references(directory: Path, diagnoser: Diagnoser) -> Path:
    """Write the folder."""
    photos = []
    for class_id, (colour, spots) in _LEAVES.items():
        for seed in range(_PER_CLASS):
            image = drawn_leaf(colour, spots=spots, size=_SIZE, seed=seed)
            embedding = diagnoser.predictor.predict(np.asarray(image)).embedding
            reference = Reference(file=f"{len(photos)}.jpg", class_id=class_id, source="drawn")
            photos.append(KnownPhoto(reference, encoded(image), embedding))
    write_references(
        directory,
        photos,
        model_sha256=diagnoser.manifest.model.sha256,
        held_out=np.stack([photo.embedding for photo in photos]),
        sources={"drawn": Attribution(title="Drawn leaves", licence="CC0-1.0", home="https://example.org/drawn")},
        training_photos={"bean.healthy": 900, "bean.rust": 400, "bean.angular_leaf_spot": 12},
    )
    return directory
