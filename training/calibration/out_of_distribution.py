"""How far a photo lies from all that a network has learned: the part of refusing that needs no learned negatives.

The score is a relative Mahalanobis distance among embeddings (Ren et al. 2021, https://arxiv.org/abs/2106.09022): how
far a photo is from the nearest condition, less how far it is from the middle of everything. It is computed inside the
graph (:mod:`training.bundle.graph`), so it is kept small: in the directions in which embeddings vary most it is exact,
and what lies outside of them counts by its length.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import eigh
from sklearn.decomposition import PCA

from majani.model.head import Floats, MahalanobisDetector
from majani.taxonomy import REJECT_CLASSES

# Share of an even spread that is mixed into both spreads, which few photos of many dimensions measure badly.
_SHRINKAGE = 0.05
_MAX_INT8 = 127


def fit_mahalanobis(embeddings: Floats, class_ids: Sequence[str], *, directions: int) -> MahalanobisDetector:
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
    outside = [(np.trace(scatter) - np.trace(placed.T @ scatter @ placed)) / rest for scatter in (within, everything)]
    is_condition = ~means.index.isin(REJECT_CLASSES)
    return MahalanobisDetector(
        centre=centre.astype(np.float32),
        directions=narrow,
        scale=scale.astype(np.float32),
        whitening=_in_half(whitening),
        means=_in_half((means.to_numpy()[is_condition] - centre) @ placed @ whitening),
        around=(1 / wide).astype(np.float32),
        outside=max(0.0, 1 / outside[0] - 1 / outside[1]) if min(outside) > 0 else 0.0,
    )


def _spread(away: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    covariance = away.T @ away / len(away)
    even = np.trace(covariance) / len(covariance)
    return np.asarray((1 - _SHRINKAGE) * covariance + _SHRINKAGE * even * np.eye(len(covariance)))


def _in_half(numbers: npt.NDArray[np.float64]) -> Floats:
    """As the graph keeps them, in 16 bits."""
    return numbers.astype(np.float16).astype(np.float32)
