"""Scores that could tell what a network has never seen from what it knows; :mod:`training.leave_out` compares them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA

from majani.taxonomy import REJECT_CLASSES

Scores = npt.NDArray[np.float64]

# Most of what varies between photos lies in so many directions; the rest is one more score.
_DIRECTIONS = 128


@dataclass(frozen=True)
class Seen:
    """What a bundle says of photos.

    Attributes:
        beliefs: ``(N, C)`` float32, as the decision gets them.
        logits: ``(N, C)`` float32 of the first look, without temperature.
        embeddings: ``(N, D)`` float32 of the first look.
    """

    beliefs: npt.NDArray[np.float32]
    logits: npt.NDArray[np.float32]
    embeddings: npt.NDArray[np.float32]


class Familiar:
    """Where the embeddings of known photos lie: around the means of their classes, with one common spread.

    Distances are Mahalanobis's; the relative one (Ren et al. 2021, https://arxiv.org/abs/2106.09022) takes off what the
    photo is away from the middle of everything, which says little about whether its class is known.
    """

    def __init__(self, embeddings: npt.NDArray[np.float32], class_ids: Sequence[str]) -> None:
        """Fit to known photos.

        Args:
            embeddings: ``(N, D)``.
            class_ids: ``N`` of them; reject classes count as known too.
        """
        self._pca = PCA(min(_DIRECTIONS, *embeddings.shape), random_state=0).fit(embeddings)
        placed = pd.DataFrame(self._pca.transform(embeddings))
        labels = pd.Series(list(class_ids))
        means = placed.groupby(labels).mean()
        self._is_condition = ~means.index.isin(REJECT_CLASSES)
        self._means = means.to_numpy()
        away = placed.to_numpy() - means.loc[list(class_ids)].to_numpy()
        self._within = LedoitWolf(assume_centered=True).fit(away).precision_
        everything = LedoitWolf().fit(placed.to_numpy())
        self._middle, self._around = everything.location_, everything.precision_

    def scores(self, embeddings: npt.NDArray[np.float32]) -> dict[str, Scores]:
        """Distances that rise with novelty, ``(N,)`` each, of ``(N, D)`` embeddings."""
        placed = self._pca.transform(embeddings)
        away = np.stack([_squared(placed - mean, self._within) for mean in self._means], axis=1)
        nearest = away[:, self._is_condition].min(axis=1)
        residual = np.linalg.norm(embeddings - self._pca.inverse_transform(placed), axis=1)
        return {
            "distance": nearest,
            "relative_distance": nearest - _squared(placed - self._middle, self._around),
            "residual": np.asarray(residual, dtype=np.float64),
        }


def novelty(seen: Seen, familiar: Familiar) -> dict[str, Scores]:
    """All scores by name, each ``(N,)`` and rising with novelty."""
    rejects = len(REJECT_CLASSES)
    conditions = seen.beliefs[:, :-rejects].astype(np.float64)
    logits = seen.logits[:, :-rejects].astype(np.float64)
    reject_mass = seen.beliefs[:, -rejects:].sum(axis=1).astype(np.float64)
    energy = -np.log(np.exp(logits).sum(axis=1))
    return {
        "reject_mass": reject_mass,
        "no_condition": 1 - conditions.max(axis=1),
        "energy": energy,
        "max_logit": -logits.max(axis=1),
        "reject_mass_and_energy": np.log(np.maximum(reject_mass, 1e-6)) + energy,
        **familiar.scores(seen.embeddings),
    }


def _squared(away: npt.NDArray[np.float64], precision: npt.NDArray[np.float64]) -> Scores:
    return np.asarray(np.einsum("nd,de,ne->n", away, precision, away), dtype=np.float64)
