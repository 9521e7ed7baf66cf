import numpy as np
import pytest

from majani.model.head import Calibration, MahalanobisDetector, ModelOutput, calibrated_probabilities
from tests.training.described import PARAMS_FILE
from training.calibration.out_of_distribution import fit_mahalanobis
from training.calibration.probabilities import fit_calibration, fit_temperature
from training.settings import CalibrateParams, read_params

# Embeddings of the photos below lie along a line; known ones lie at its beginning.
_WIDTH = 8


def seen(*rows: list[float], far: float = 0.0) -> ModelOutput:
    """Logits of conditions, then of the two reject classes, and how far from known photos each lies."""
    embeddings = np.zeros((len(rows), _WIDTH), dtype=np.float32)
    embeddings[:, 0] = far
    embeddings[:, 1] = 5
    return ModelOutput(np.array(rows, dtype=np.float32), embeddings)


@pytest.fixture(scope="module")
def detector() -> MahalanobisDetector:
    near = np.random.default_rng(1).normal(scale=0.5, size=(200, _WIDTH)).astype(np.float32)
    # Classes lie apart, as a network has learned to put them.
    near[::2, 1] += 5
    return fit_mahalanobis(near, ["bean.rust", "bean.healthy"] * 100, directions=4)


@pytest.fixture(scope="module")
def params() -> CalibrateParams:
    return read_params(PARAMS_FILE).calibrate.model_copy(update={"novelty_logits": 4.0})


@pytest.mark.parametrize("temperature", [0.6, 1.0, 2.5])
def test_finds_the_temperature_that_was_taken_away(temperature: float) -> None:
    random = np.random.default_rng(5)
    logits = random.normal(0, 1.5, (4000, 6))
    shares = calibrated_probabilities(seen(*logits.tolist()), Calibration()).astype(float)
    truth = np.array([random.choice(6, p=row / row.sum()) for row in shares])
    given = seen(*(logits * temperature).tolist())
    fitted = fit_temperature(given, truth, Calibration())
    assert fitted == pytest.approx(temperature, rel=0.06)


def test_what_is_unusual_is_rather_an_unknown_plant(detector: MahalanobisDetector) -> None:
    usual = float(detector.score(seen([0.0]).embeddings)[0])
    calibration = Calibration(detector=detector, usual_novelty=usual, novelty_weight=0.5)
    row = [3.0, 1.0, 0.0, 0.0]
    near, far = (calibrated_probabilities(seen(row, far=far), calibration)[0] for far in (0.0, 5.0))
    rise = 0.5 * (detector.score(seen(row, far=5.0).embeddings)[0] - usual)
    assert near == pytest.approx(calibrated_probabilities(seen(row), Calibration())[0])
    assert np.log(far[2] / far[0]) - np.log(near[2] / near[0]) == pytest.approx(rise, rel=1e-4)
    # All others are to each other as they were.
    assert far[[1, 3]] / far[0] == pytest.approx(near[[1, 3]] / near[0], rel=1e-4)


def test_novelty_begins_above_what_a_field_has(detector: MahalanobisDetector, params: CalibrateParams) -> None:
    rows = [[5.0, 0.0, -5.0, -5.0]] * 60 + [[0.0, 5.0, -5.0, -5.0]] * 40
    far = np.linspace(0, 2, 100)
    parts = [seen(row, far=one) for row, one in zip(rows, far, strict=True)]
    logits, embeddings = (np.concatenate([getattr(part, name) for part in parts]) for name in ("logits", "embeddings"))
    given = ModelOutput(logits, embeddings)
    truth = np.array([0] * 60 + [1] * 40, dtype=np.int64)
    found = fit_calibration(given, truth, detector, params)
    scores = detector.score(given.embeddings)
    assert found.usual_novelty == pytest.approx(float(np.median(scores)))
    high = float(np.quantile(scores, 0.95))
    assert found.novelty_weight * (high - found.usual_novelty) == pytest.approx(4.0)


def test_without_a_photo_of_a_crop_nothing_is_unusual(detector: MahalanobisDetector, params: CalibrateParams) -> None:
    found = fit_calibration(seen([0.0, 0.0, 5.0, 0.0]), np.array([2]), detector, params)
    assert found.detector is None
