"""Made-up embeddings: what a network has seen of photos."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.artifacts.embeddings import KEPT, EmbeddingTable


def table_of(embeddings: npt.NDArray[np.floating[Any]], *, network: str = "", **columns: Any) -> EmbeddingTable:
    """A photo for each embedding, usual and of a leaf of its own but for these columns."""
    names = columns.get("photo", [str(number) for number in range(len(embeddings))])
    usual = {"photo": names, "sha256": names, "group": names, "source": "a", "domain": "field", "doubt": ""}
    measured = {"terms": "open", "side_px": 256, "luminance": 100.0, "sharpness": 50.0, "weight": 1.0}
    rows = pd.DataFrame({**usual, **measured, **columns}, index=range(len(embeddings)))
    return EmbeddingTable(rows[list(KEPT)], embeddings.astype(np.float32), network)


def around(corner: int, class_id: str, *, width: int, source: str = "a", split: str, **columns: Any) -> EmbeddingTable:
    """Forty photos of a class around this corner; of those to train with, every fourth validates."""
    embeddings = np.eye(width)[corner] * 4 + np.random.default_rng([corner, len(source)]).normal(
        scale=0.5, size=(40, width)
    )
    splits = ["val" if split == "train" and number % 4 == 0 else split for number in range(40)]
    names = [f"{source}/{class_id}/{number}" for number in range(40)]
    return table_of(embeddings, photo=names, source=source, class_id=class_id, split=splits, **columns)
