import numpy as np
import numpy.typing as npt
import pytest

from majani.taxonomy import REJECT_CLASSES
from training.novelty import Familiar, Seen, novelty

CLASSES = ["bean.rust", "bean.healthy", *REJECT_CLASSES]
DIMENSIONS = 200


def around(middles: npt.NDArray[np.float64], seed: int, count: int = 80) -> npt.NDArray[np.float32]:
    """``count`` points near each row."""
    spread = np.random.default_rng(seed).normal(scale=0.5, size=(len(middles), count, DIMENSIONS))
    # Real embeddings vary in a few directions much more than in all others.
    spread *= np.linspace(1, 0.05, DIMENSIONS)
    return (middles[:, None] + spread).reshape(-1, DIMENSIONS).astype(np.float32)


MIDDLES = np.zeros((4, DIMENSIONS))
MIDDLES[np.arange(4), np.arange(4)] = 8
NOWHERE = np.zeros((1, DIMENSIONS))
NOWHERE[0, [4, DIMENSIONS - 1]] = (8, 3)


@pytest.fixture(scope="module")
def familiar() -> Familiar:
    return Familiar(around(MIDDLES, 1), np.repeat(CLASSES, 80).tolist())


@pytest.mark.parametrize("score", ["distance", "relative_distance", "residual"])
def test_what_lies_elsewhere_is_farther_than_what_is_known(familiar: Familiar, score: str) -> None:
    known, elsewhere = (familiar.scores(around(middles, 2))[score] for middles in (MIDDLES[:2], NOWHERE))
    assert elsewhere.min() > np.quantile(known, 0.95)


def test_reject_classes_are_no_place_to_be_near_to(familiar: Familiar) -> None:
    """A photo that looks like a known weed is no more familiar as a crop for that."""
    crop, weed = (familiar.scores(around(middles, 3))["relative_distance"] for middles in (MIDDLES[:2], MIDDLES[2:]))
    assert weed.min() > crop.max()


def test_every_score_rises_with_novelty(familiar: Familiar) -> None:
    embeddings = np.concatenate([around(MIDDLES[:1], 4, 1), around(NOWHERE, 4, 1)])
    beliefs = np.array([[0.9, 0.05, 0.03, 0.02], [0.2, 0.1, 0.3, 0.4]], dtype=np.float32)
    logits = np.array([[6, 1, 0, 0], [0.5, 0.1, 1, 1]], dtype=np.float32)
    for name, (known, unseen) in novelty(Seen(beliefs, logits, embeddings), familiar).items():
        assert unseen > known, name
