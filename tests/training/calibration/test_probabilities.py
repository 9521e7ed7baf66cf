import numpy as np
import pytest

from tests.training.described import PARAMS_FILE
from training.calibration.out_of_distribution import MahalanobisDetector
from training.calibration.probabilities import (
    Calibration,
    ModelOutput,
    calibrated_probabilities,
    fit_calibration,
    fit_temperature,
)
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
    return MahalanobisDetector.fit(near, ["bean.rust", "bean.healthy"] * 100, directions=4)


@pytest.fixture(scope="module")
def params() -> CalibrateParams:
    return read_params(PARAMS_FILE).calibrate.model_copy(
        update={"min_answer": 0.5, "weak_answers": 0.1, "novelty_logits": 4.0}
    )


@pytest.mark.parametrize("temperature", [0.6, 1.0, 2.5])
def test_finds_the_temperature_that_was_taken_away(temperature: float) -> None:
    random = np.random.default_rng(5)
    logits = random.normal(0, 1.5, (4000, 6))
    shares = calibrated_probabilities(seen(*logits.tolist()), Calibration()).astype(float)
    truth = np.array([random.choice(6, p=row / row.sum()) for row in shares])
    given = seen(*(logits * temperature).tolist())
    fitted = fit_temperature(given, truth, Calibration())
    assert fitted == pytest.approx(temperature, rel=0.06)


def test_a_higher_temperature_flattens_and_keeps_the_order() -> None:
    given = seen(*np.random.default_rng(5).normal(0, 3, (50, 6)).tolist())
    before, after = (calibrated_probabilities(given, Calibration(one)) for one in (1.0, 2.0))
    assert (after.argsort(axis=1) == before.argsort(axis=1)).all()
    assert (after.max(axis=1) < before.max(axis=1)).all()
    assert after.sum(axis=1) == pytest.approx(np.ones(50), abs=1e-6)


def test_with_little_evidence_no_condition_gets_even_odds() -> None:
    given = seen([4.0, 1.0, 0.0, 1.0, 1.0])
    plain, weak = (
        calibrated_probabilities(given, Calibration())[0],
        calibrated_probabilities(given, Calibration(min_evidence=4.1))[0],
    )
    assert weak[3:] == pytest.approx(plain[3:])
    assert weak[0] == pytest.approx(0.49 * plain[:3].sum(), rel=1e-4)
    assert weak[1] / weak[2] == pytest.approx(plain[1] / plain[2], rel=1e-4)
    assert weak.sum() == pytest.approx(1)


def test_who_has_less_than_even_odds_keeps_them() -> None:
    given = seen([1.0, 0.8, 0.7, 0.0, 0.0])
    assert calibrated_probabilities(given, Calibration(min_evidence=3.0)) == pytest.approx(
        calibrated_probabilities(given, Calibration())
    )


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


def fitted(given: ModelOutput, truth: list[int], detector: MahalanobisDetector, params: CalibrateParams) -> Calibration:
    return fit_calibration(given, np.array(truth, dtype=np.int64), detector, params)


def test_the_weakest_right_answers_mark_the_least_evidence(
    detector: MahalanobisDetector, params: CalibrateParams
) -> None:
    # A hundred photos that are right, with evidence from 5 to 9.95; wrong ones with less do not count.
    right = [[5 + place / 20, 0.0, -5.0, -5.0] for place in range(100)]
    wrong = [[1.0, 0.0, -5.0, -5.0]] * 20
    found = fitted(seen(*right, *wrong), [0] * 100 + [1] * 20, detector, params)
    assert found.min_evidence == pytest.approx(5.495, abs=0.01)


def test_what_novelty_takes_back_is_no_right_answer(detector: MahalanobisDetector, params: CalibrateParams) -> None:
    """Strange photos that would be right by little evidence, were they not held for a plant that is not known."""
    near = seen(*[[5 + place / 20, 0.0, -5.0, -5.0] for place in range(100)])
    strange = seen(*[[1.0, 0.0, 0.5, -5.0]] * 20, far=20.0)
    found = fitted(ModelOutput.concatenate([near, strange]), [0] * 120, detector, params)
    assert found.min_evidence == pytest.approx(5.495, abs=0.01)


def test_without_a_right_answer_no_evidence_is_asked_for(
    detector: MahalanobisDetector, params: CalibrateParams
) -> None:
    found = fitted(seen([1.0, 0.0, -5.0, -5.0]), [1], detector, params)
    assert found.min_evidence == Calibration().min_evidence


def test_half_of_all_good_photos_are_usual_and_few_are_very_unusual(
    detector: MahalanobisDetector, params: CalibrateParams
) -> None:
    embeddings = np.random.default_rng(2).normal(scale=0.5, size=(400, _WIDTH)).astype(np.float32)
    good = ModelOutput(np.tile(np.array([[6.0, 0.0, 0.0, 0.0]], dtype=np.float32), (400, 1)), embeddings)
    rejects = ModelOutput(np.tile(np.array([[0.0, 0.0, 6.0, 0.0]], dtype=np.float32), (50, 1)), embeddings[:50] * 20)
    both = ModelOutput(
        np.concatenate([good.logits, rejects.logits]), np.concatenate([good.embeddings, rejects.embeddings])
    )
    found = fitted(both, [0] * 400 + [2] * 50, detector, params)
    rise = found.novelty_weight * np.maximum(detector.score(embeddings) - found.usual_novelty, 0)
    assert (rise == 0).mean() == pytest.approx(0.5, abs=0.01)
    assert np.quantile(rise, 0.95) == pytest.approx(4.0, rel=0.02)
