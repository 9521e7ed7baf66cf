"""Targets of training photos: the label, or for some photos a class drawn from soft labels.

A long training memorises every label, the wrong ones too. The stage ``soft_labels`` asks networks that were trained
without a photo; their probabilities replace the label in a share of the draws.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd


def label_positions(photos: pd.DataFrame, classes: list[str]) -> npt.NDArray[np.int64]:
    """``(N,)`` position of each photo's class in the network's output."""
    position = {class_id: index for index, class_id in enumerate(classes)}
    return np.array([position[class_id] for class_id in photos["class_id"]], dtype=np.int64)


@dataclass(frozen=True)
class Labels:
    """Labels of training photos, and soft labels on some of them.

    Attributes:
        positions: ``(N,)`` int64, each photo's own label.
        soft_label_rows: ``(N,)`` int64, the photo's row in ``soft_labels``; -1 without one.
        soft_labels: ``(M, C)`` float64, cumulative probabilities, 1 in the last column.
        share: Of draws from the soft label, in 0..1.
    """

    positions: npt.NDArray[np.int64]
    soft_label_rows: npt.NDArray[np.int64]
    soft_labels: npt.NDArray[np.float64]
    share: float

    @classmethod
    def of(
        cls, photos: pd.DataFrame, classes: list[str], *, soft_labels: pd.DataFrame | None = None, share: float = 0.0
    ) -> Self:
        """Labels for ``photos``; soft labels on other photos or of other classes are left out."""
        positions = label_positions(photos, classes)
        rows = np.full(len(photos), -1, dtype=np.int64)
        beliefs = np.zeros((0, len(classes)))
        if soft_labels is not None and share > 0:
            wide = soft_labels.pivot_table(index="photo", columns="class_id", values="belief", fill_value=0.0)
            wide = wide.reindex(columns=classes, fill_value=0.0)
            wide = wide[wide.sum(axis=1) > 0]
            beliefs = wide.to_numpy(dtype=np.float64)
            rows = wide.index.get_indexer(pd.Index(photos["photo"])).astype(np.int64)
        summed = np.cumsum(beliefs, axis=1)
        return cls(positions=positions, soft_label_rows=rows, soft_labels=summed / summed[:, -1:], share=share)

    def __len__(self) -> int:
        return len(self.positions)

    def draw(self, index: int, random: np.random.Generator) -> int:
        """The position of a class for one draw of the photo."""
        row = self.soft_label_rows[index]
        if row < 0 or random.random() >= self.share:
            return int(self.positions[index])
        return int(np.searchsorted(self.soft_labels[row], random.random(), side="right"))
