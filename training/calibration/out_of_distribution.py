"""How far a photo lies from all that a network has learned: the part of refusing that needs no learned negatives.

The score is a relative Mahalanobis distance among embeddings (Ren et al. 2021, https://arxiv.org/abs/2106.09022): how
far a photo is from the nearest condition, less how far it is from the middle of everything. It is computed inside the
graph (:mod:`training.bundle.graph`), so it is kept small: in the directions in which embeddings vary most it is exact,
and what lies outside of them counts by its length.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import eigh
from sklearn.decomposition import PCA

from majani.taxonomy import REJECT_CLASSES

Scores = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float32]

# Share of an even spread that is mixed into both spreads, which few photos of many dimensions measure badly.
_SHRINKAGE = 0.05
_MAX_INT8 = 127


@dataclass(frozen=True)
class MahalanobisDetector:
    """Where the embeddings of known photos lie: around the means of their classes, with one common spread.

    Attributes:
        centre: ``(D,)``, the mean of all photos.
        directions: ``(D, K)`` int8; times ``scale`` nearly orthonormal.
        scale: ``(K,)``.
        whitening: ``(K, K)``, to a basis in which the spread within classes is the identity and that of all photos
            diagonal.
        means: ``(M, K)`` of the conditions in that basis. Reject classes are left out: a photo that looks like a known
            weed is no more familiar as a crop.
        around: ``(K,)``, one over the spread of all photos in that basis.
        outside: Weight of the squared length outside of the directions.
    """

    centre: Matrix
    directions: npt.NDArray[np.int8]
    scale: Matrix
    whitening: Matrix
    means: Matrix
    around: Matrix
    outside: float

    @classmethod
    def fit(cls, embeddings: Matrix, class_ids: Sequence[str], *, directions: int) -> Self:
        """Fit to known photos ``(N, D)``, reject classes included, in K directions or as many as there can be."""
        known = embeddings.astype(np.float64)
        means = pd.DataFrame(known).groupby(pd.Series(list(class_ids))).mean()
        centre = known.mean(axis=0)
        size = known.shape[1]
        within = _spread(known - means.loc[list(class_ids)].to_numpy())
        everything = _spread(known - centre)
        found = PCA(min(directions, len(known), size), random_state=0).fit(known).components_.T
        scale = np.abs(found).max(axis=0) / _MAX_INT8
        narrow = np.round(found / scale).astype(np.int8)
        placed = narrow * scale
        # In this basis both spreads are diagonal, that within classes with ones.
        wide, whitening = eigh(placed.T @ everything @ placed, placed.T @ within @ placed)
        rest = max(1, size - len(scale))
        outside = [
            (np.trace(scatter) - np.trace(placed.T @ scatter @ placed)) / rest for scatter in (within, everything)
        ]
        is_condition = ~means.index.isin(REJECT_CLASSES)
        return cls(
            centre=centre.astype(np.float32),
            directions=narrow,
            scale=scale.astype(np.float32),
            whitening=_in_half(whitening),
            means=_in_half((means.to_numpy()[is_condition] - centre) @ placed @ whitening),
            around=(1 / wide).astype(np.float32),
            outside=max(0.0, 1 / outside[0] - 1 / outside[1]) if min(outside) > 0 else 0.0,
        )

    def score(self, embeddings: Matrix) -> Scores:
        """Scores that rise with what is new, ``(N,)``, of ``(N, D)`` embeddings."""
        centred = (embeddings - self.centre).astype(np.float64)
        placed = centred @ (self.directions * self.scale)
        whitened = placed @ self.whitening
        nearest = np.square(whitened[:, None] - self.means).sum(axis=2).min(axis=1)
        outside = np.maximum(np.square(centred).sum(axis=1) - np.square(placed).sum(axis=1), 0)
        return np.asarray(nearest - np.square(whitened) @ self.around + self.outside * outside, dtype=np.float64)


def _spread(away: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    covariance = away.T @ away / len(away)
    even = np.trace(covariance) / len(covariance)
    return np.asarray((1 - _SHRINKAGE) * covariance + _SHRINKAGE * even * np.eye(len(covariance)))


def _in_half(numbers: npt.NDArray[np.float64]) -> Matrix:
    """As the graph keeps them, in 16 bits."""
    return numbers.astype(np.float16).astype(np.float32)
