"""What a bundle says of many photos, one at a time, through the very code that ships."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from majani.bundle import Bundle
from majani.imaging import decode
from majani.predictor import Predictor
from training.curate import RAW_DIR

# As many as the smallest machine that trains has; the answers are the same with any number.
_THREADS = 2


@dataclass(frozen=True)
class Answers:
    """Beliefs about a list of photos.

    Attributes:
        class_ids: In the order of the columns.
        probabilities: ``(N, C)`` float32, each row summing to 1.
    """

    class_ids: tuple[str, ...]
    probabilities: npt.NDArray[np.float32]

    def best(self) -> list[str]:
        """The most probable class of each photo, reject classes included."""
        return [self.class_ids[position] for position in self.probabilities.argmax(axis=1)]


def answer(bundle: Bundle, photos: Sequence[str], *, title: str) -> Answers:
    """Run a bundle over photos.

    Args:
        bundle: A verified bundle.
        photos: Paths below ``data/raw``; all of them have been decoded before.
        title: For the progress bar.
    """
    predictor = Predictor(bundle, threads=_THREADS)
    rows = [
        predictor.predict(decode((RAW_DIR / photo).read_bytes())).probabilities
        for photo in tqdm(photos, desc=title, unit="photo")
    ]
    return Answers(
        class_ids=tuple(entry.id for entry in bundle.manifest.classes),
        probabilities=np.stack(rows) if rows else np.zeros((0, len(bundle.manifest.classes)), dtype=np.float32),
    )
