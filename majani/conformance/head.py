"""Made-up embeddings and what a bundle's head makes of them."""

from collections.abc import Iterator
from random import Random

import numpy as np

from majani.frozen import FrozenModel
from majani.model.bundle import Bundle
from majani.model.head_file import read_head

_SEED = 20261129
_EMBEDDINGS = 6
# The last is far from all that any network has learned.
_SPREADS = (0.2, 0.5, 1.0, 2.0, 0.0, 20.0)


class HeadVector(FrozenModel):
    """From an embedding to probabilities in the order of the head's classes."""

    embedding: tuple[float, ...]
    probabilities: tuple[float, ...]


def head_vectors(bundle: Bundle) -> Iterator[HeadVector]:
    """A few embeddings around what the head has learned; none of a bundle without a head's file."""
    if bundle.head is None:
        return
    head, chance = read_head(bundle.head).head, Random(_SEED)  # noqa: S311 - variety, not secrecy
    weights = head.layer.weights.astype(np.float64)
    for number in range(_EMBEDDINGS):
        # Along the row of a class, so that some classes stand out.
        row = weights[int(chance.random() * len(weights))]
        towards = row / max(float(np.linalg.norm(row)), 1e-9)
        embedding = np.array(
            [round(_SPREADS[number] * (chance.random() + 8 * step), 4) for step in towards], np.float32
        )
        shares = head.answers(embedding[np.newaxis]).probabilities[0]
        yield HeadVector(
            embedding=tuple(embedding.tolist()), probabilities=tuple(round(share, 6) for share in shares.tolist())
        )
