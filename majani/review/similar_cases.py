"""Which waiting cases look like those in which reviewers found something that the model had not.

A disease that a model does not know comes in many cases, and a reviewer finds the first of them by chance or because a
farmer objected. From then on the others need not be found by chance. No I/O.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from majani.review.reference_photos import NEIGHBOURS, Matrix, unit

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ReviewedPhotos:
    """Photos of reviewed cases, all looked at by one network, in any order.

    Attributes:
        embeddings: ``(N, D)`` float32.
        labels: ``(N,)`` what reviewers say: a condition's id or a reject class.
        answered: ``(N,)`` what the model held likeliest in the photo.
    """

    embeddings: Matrix
    labels: Sequence[str]
    answered: Sequence[str]


def similarity_to_corrected(waiting: Matrix, reviewed: ReviewedPhotos, *, rarity: Callable[[str], float]) -> Shares:
    """How much photos look like reviewed ones that the model got wrong.

    The share of a photo's nearest reviewed photos that have the nearest one's label and were taken for something else,
    beyond the share that any photo would have by chance; times how rare that label is, because what the model has
    learned from many photos, it will not learn from another one. Where nothing but such photos were reviewed,
    everything looks as much like them, and nothing is kin.

    Args:
        waiting: ``(M, D)`` float32, of the same network.
        reviewed: What reviewers have said so far.
        rarity: How rare photos of a label are in training, 0 to 1.

    Returns:
        ``(M,)``, 0 (no more than chance) to 1.
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
    # Of equally near ones always the same.
    nearest = np.argsort(-likeness, axis=1, kind="stable")[:, :NEIGHBOURS]
    first = nearest[:, :1]
    share = ((labels[nearest] == labels[first]) & is_wrong[nearest]).sum(axis=1) / NEIGHBOURS
    chance = by_chance[first[:, 0]]
    # Without another kind of photo there is nothing to be beyond.
    beyond = np.where(chance < 1, (share - chance) / np.maximum(1 - chance, 1e-9), 0)
    return np.asarray(np.clip(beyond, 0, 1) * rare[first[:, 0]])
