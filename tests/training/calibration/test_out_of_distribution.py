import numpy as np
import numpy.typing as npt
import pytest

from majani.model.head import MahalanobisDetector
from majani.taxonomy import REJECT_CLASSES
from training.calibration.out_of_distribution import fit_mahalanobis

CLASSES = ["bean.rust", "bean.healthy", *REJECT_CLASSES]
DIMENSIONS = 200


def around(middles: npt.NDArray[np.float64], seed: int, count: int = 80) -> npt.NDArray[np.float32]:
    spread = np.random.default_rng(seed).normal(scale=0.5, size=(len(middles), count, DIMENSIONS))
    # Real embeddings vary in a few directions much more than in all others.
    spread *= np.linspace(1, 0.05, DIMENSIONS)
    return (middles[:, None] + spread).reshape(-1, DIMENSIONS).astype(np.float32)


MIDDLES = np.zeros((4, DIMENSIONS))
MIDDLES[np.arange(4), np.arange(4)] = 8
INSIDE, OUTSIDE = np.zeros((2, 1, DIMENSIONS))
INSIDE[0, 4] = 12
OUTSIDE[0, DIMENSIONS - 1] = 3


@pytest.fixture(scope="module")
def detector() -> MahalanobisDetector:
    return fit_mahalanobis(around(MIDDLES, 1), np.repeat(CLASSES, 80).tolist(), directions=32)


@pytest.mark.parametrize(
    "elsewhere",
    [
        pytest.param(INSIDE, id="where embeddings vary much"),
        pytest.param(MIDDLES[:1] + OUTSIDE, id="where they hardly vary, beside a known class"),
    ],
)
def test_what_lies_elsewhere_is_more_novel_than_what_is_known(
    detector: MahalanobisDetector, elsewhere: npt.NDArray[np.float64]
) -> None:
    known, new = (detector.score(around(middles, 2)) for middles in (MIDDLES[:2], elsewhere))
    assert new.min() > np.quantile(known, 0.95)


def test_reject_classes_are_no_place_to_be_near_to(detector: MahalanobisDetector) -> None:
    """A photo that looks like a known weed is no more familiar as a crop for that."""
    crop, weed = (detector.score(around(middles, 3)) for middles in (MIDDLES[:2], MIDDLES[2:]))
    assert weed.min() > crop.max()


def test_with_all_directions_it_is_the_relative_distance() -> None:
    embeddings, labels = around(MIDDLES, 4), np.repeat(np.arange(4), 80)
    detector = fit_mahalanobis(embeddings, [CLASSES[label] for label in labels], directions=DIMENSIONS)
    known = embeddings.astype(float)
    means = np.stack([known[labels == number].mean(axis=0) for number in range(4)])

    def precision(away: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        covariance = away.T @ away / len(away)
        even = np.eye(DIMENSIONS) * np.trace(covariance) / DIMENSIONS
        return np.linalg.inv(0.95 * covariance + 0.05 * even)

    within, everything = precision(known - means[labels]), precision(known - known.mean(axis=0))
    new = around(INSIDE, 5, 20).astype(float)

    def squared(away: npt.NDArray[np.float64], by: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.einsum("nd,de,ne->n", away, by, away)

    nearest = np.min([squared(new - mean, within) for mean in means[:2]], axis=0)
    expected = nearest - squared(new - known.mean(axis=0), everything)
    # Directions have 8 bits and what follows 16.
    assert detector.score(new.astype(np.float32)) == pytest.approx(expected, rel=0.02)
