"""Similarity of waiting cases to cases that reviewers corrected.

A disease that the model does not know comes in many cases. A reviewer finds the first one by chance or because a farmer
objected; this module finds the others. No I/O.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from majani.review.reference_photos import NEIGHBOURS, Matrix, unit

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ReviewedPhotos:
    """Photos of reviewed cases: embeddings ``(N, D)``, reviewers' labels, and the model's likeliest classes."""

    embeddings: Matrix
    labels: Sequence[str]
    answered: Sequence[str]


def similarity_to_corrected(waiting: Matrix, reviewed: ReviewedPhotos, *, rarity: Callable[[str], float]) -> Shares:
    """Similarity of photos, ``(M, D)``, to reviewed photos that the model got wrong: 0 (no more than chance) to 1.

    It is the share of a photo's nearest reviewed photos that have the nearest one's label and were answered wrongly,
    beyond the share by chance, times the rarity of that label. Rarity counts because a model learns little from one
    more photo of a common condition. If all reviewed photos are of that kind, the result is 0.
    """
    if not len(reviewed.labels) or not len(waiting):
        return np.zeros(len(waiting))
    labels = np.asarray(reviewed.labels)
    is_wrong = labels != np.asarray(reviewed.answered)
    rare = np.zeros(len(labels))
    by_chance = np.zeros(len(labels))
    for label in np.unique(labels):
        rare[labels == label] = rarity(str(label))
        by_chance[labels == label] = np.mean((labels == label) & is_wrong)
    likeness = unit(waiting) @ unit(reviewed.embeddings).T
    # Stable: ties always give the same order.
    nearest = np.argsort(-likeness, axis=1, kind="stable")[:, :NEIGHBOURS]
    first = nearest[:, :1]
    share = ((labels[nearest] == labels[first]) & is_wrong[nearest]).sum(axis=1) / NEIGHBOURS
    chance = by_chance[first[:, 0]]
    beyond = np.where(chance < 1, (share - chance) / np.maximum(1 - chance, 1e-9), 0)
    return np.asarray(np.clip(beyond, 0, 1) * rare[first[:, 0]])
