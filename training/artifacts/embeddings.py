"""What a network sees in photos: kept, because a head and thresholds are fitted to it in seconds, without the photos.

A file holds the table of photos as CSV and their embeddings in 16 bits, in the same order: 2.6 kB a photo.
"""

from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.artifacts.files import MEASURED, is_sound_field, learned_under

# Of the splits' table, and ``weight``: how often training draws a photo, relative to others; 0 if never.
KEPT = ("photo", "sha256", "source", "class_id", "domain", "doubt", "terms", "group", "split", *MEASURED, "weight")


@dataclass(frozen=True)
class EmbeddingTable:
    """A table of photos and what a network sees in them, row by row; first as they were taken, if in several ways.

    Attributes:
        rows: Columns ``KEPT``.
        embeddings: ``(N, D)`` float32.
        network: Checksum of the network, see :func:`training.bundle.graph.network_sha256`.
    """

    rows: pd.DataFrame
    embeddings: npt.NDArray[np.float32]
    network: str = ""

    def where(self, mask: "pd.Series[bool] | npt.NDArray[np.bool_]") -> Self:
        """The photos of a mask, numbered anew."""
        chosen = np.asarray(mask, dtype=bool)
        return type(self)(self.rows[chosen].reset_index(drop=True), self.embeddings[chosen], self.network)

    def as_taken(self) -> Self:
        """Each photo once, as it was taken; of photos with names, which those in ``models/warm_start`` do not have."""
        return self.where(~self.rows["photo"].duplicated())

    def under(self, terms: Literal["open", "all"]) -> Self:
        """All photos, those that may not be learned from as :data:`ASKED`; of files that tell no terms, all may."""
        if "terms" not in self.rows:
            return self
        return replace(self, rows=learned_under(self.rows, terms))

    def lab_only(self) -> frozenset[str]:
        """Conditions whose training photos were all taken in the laboratory."""
        train = self.rows[self.rows["split"] == "train"]
        return frozenset(train["class_id"]) - frozenset(train.loc[is_sound_field(train), "class_id"])

    def and_also(self, others: Self) -> Self:
        """Both, one after the other."""
        rows = pd.concat([self.rows, others.rows], ignore_index=True)
        return type(self)(rows, np.concatenate([self.embeddings, others.embeddings]), self.network)


def write_embeddings(seen: EmbeddingTable, path: Path) -> None:
    """Write a file that is whole or absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    table = np.frombuffer(seen.rows.to_csv(index=False).encode(), dtype=np.uint8)
    with unfinished.open("wb") as file:
        embeddings = seen.embeddings.astype(np.float16)
        np.savez_compressed(file, table=table, embeddings=embeddings, network=np.array(seen.network))
    unfinished.replace(path)


def read_embeddings(path: Path) -> EmbeddingTable:
    """Read what :func:`write_embeddings` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        texts = dict.fromkeys(("photo", "sha256", "source", "group"), str)
        rows = pd.read_csv(BytesIO(stored["table"].tobytes()), keep_default_na=False, dtype=texts)
        return EmbeddingTable(rows, stored["embeddings"].astype(np.float32), str(stored["network"]))
