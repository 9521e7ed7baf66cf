"""Known photos for the tiny bundle: drawn ones, a few of each of its conditions."""

from io import BytesIO
from pathlib import Path

import numpy as np

from majani.bundle import Attribution
from majani.diagnoser import Diagnoser
from majani.references import KnownPhoto, Reference, write_references
from tests.pictures import textured

# Shades around what the tiny bundle takes for each; the last is none of its kinds' usual colours.
_SHADES = {
    "bean.healthy": [(40, 140 + 15 * step, 50) for step in range(5)],
    "bean.rust": [(140 + 15 * step, 60, 50) for step in range(5)],
    "bean.angular_leaf_spot": [(120, 110 + 5 * step, 60) for step in range(4)],
    "tomato.late_blight": [(100, 100 + 5 * step, 90) for step in range(4)],
}
_SIDE_PX = 240


def write_tiny_references(directory: Path, diagnoser: Diagnoser) -> Path:
    """Write the folder.

    Args:
        directory: Where to.
        diagnoser: With the tiny bundle.
    """
    photos = []
    for class_id, shades in _SHADES.items():
        for shade in shades:
            image = textured(shade, (_SIDE_PX, _SIDE_PX))
            written = BytesIO()
            image.save(written, "JPEG")
            embedding = diagnoser.predictor.predict(np.asarray(image)).embedding
            reference = Reference(file=f"{len(photos)}.jpg", class_id=class_id, source="drawn")
            photos.append(KnownPhoto(reference, written.getvalue(), embedding))
    write_references(
        directory,
        photos,
        model_sha256=diagnoser.manifest.model.sha256,
        held_out=np.stack([photo.embedding for photo in photos]),
        sources={"drawn": Attribution(title="Drawn leaves", licence="CC0-1.0", home="https://example.org/drawn")},
        training_photos={"bean.healthy": 900, "bean.rust": 400, "bean.angular_leaf_spot": 12},
    )
    return directory
