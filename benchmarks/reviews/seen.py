"""What the first model's network sees in photos, once; its head is what rounds of reviews change.

The features stay as the exported int8 graph gives them. An answer is that of a head on these features, at its
temperature, so a changed head is examined on thousands of photos in a moment. It says what a graph of its own would
that measures neither novelty nor evidence (:class:`training.bundle.graph.Calibration`): both are left out here, for
the first model as for all that are compared with it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from tqdm import tqdm

from benchmarks.reviews.base import NETWORK_FILE, WORK_DIR
from majani.model.bundle import Bundle, sha256_hex
from majani.model.predictor import Predictor
from training.bundle.inference import read_photo
from training.calibration.probabilities import Calibration, ModelOutput, calibrated_probabilities

Floats = npt.NDArray[np.float32]
_THREADS = 2


@dataclass(frozen=True)
class Head:
    """The last layer of a network."""

    class_ids: tuple[str, ...]  # In output order
    weights: Floats  # ``(C, D)`` float32
    bias: Floats  # ``(C,)`` float32

    def seen(self, embeddings: Floats) -> ModelOutput:
        """Logits of ``(N, D)`` features, beside them."""
        return ModelOutput(embeddings @ self.weights.T + self.bias, embeddings)

    def probabilities(self, embeddings: Floats, temperature: float) -> Floats:
        """``(N, C)`` float32, each row summing to 1, of ``(N, D)`` features."""
        return calibrated_probabilities(self.seen(embeddings), Calibration(temperature))


def base_head(bundle: Bundle) -> Head:
    weights = torch.load(NETWORK_FILE, map_location="cpu", weights_only=True)
    return Head(
        tuple(entry.id for entry in bundle.manifest.classes),
        np.asarray(weights["head.weight"].numpy(), dtype=np.float32),
        np.asarray(weights["head.bias"].numpy(), dtype=np.float32),
    )


def run_network(bundle: Bundle, photos: pd.DataFrame, *, title: str) -> Floats:
    """Features of each photo, kept on disk."""
    key = sha256_hex("".join([bundle.manifest.model.sha256, *photos["sha256"]]).encode())[:16]
    path = WORK_DIR / f"seen-{key}.npy"
    if not path.exists():
        predictor = Predictor(bundle, threads=_THREADS)
        rows = [predictor.predict(read_photo(photo)).embedding for photo in tqdm(photos["photo"], desc=title)]
        unfinished = path.with_suffix(".part.npy")
        np.save(unfinished, np.stack(rows).astype(np.float32))
        unfinished.rename(path)
    found: Floats = np.load(path)
    return found
