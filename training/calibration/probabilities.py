"""The fit of what turns logits and embeddings into calibrated probabilities."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from majani.model.head import Calibration, MahalanobisDetector, ModelOutput, Outliers, calibrated_probabilities
from majani.taxonomy import REJECT_CLASSES
from training.settings import CalibrateParams

# Share of good field photos that are less novel than what ``novelty_logits`` speaks of.
_HIGH_NOVELTY = 0.95
# Lower bound of a divisor.
_TINY = 1e-6


def fit_temperature(output: ModelOutput, truth: npt.NDArray[np.int64], calibration: Calibration) -> float:
    """The temperature that makes the true classes, ``(N,)`` positions, most likely."""

    def loss(log_temperature: float) -> float:
        tempered = calibrated_probabilities(output, replace(calibration, temperature=float(np.exp(log_temperature))))
        return float(-np.log(np.maximum(tempered[np.arange(len(truth)), truth], 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-1.6, 1.6), method="bounded").x))


def fit_calibration(
    output: ModelOutput,
    truth: npt.NDArray[np.int64],
    detector: MahalanobisDetector,
    params: CalibrateParams,
    *,
    outliers: Outliers | None = None,
) -> Calibration:
    """Fit the calibration to photos of the field, whose true classes are at the positions ``truth``, ``(N,)``."""
    bare = Calibration(outliers=outliers)
    plain = replace(bare, temperature=round(fit_temperature(output, truth, bare), 4))
    is_condition = truth < output.logits.shape[1] - len(REJECT_CLASSES)
    if not is_condition.any():
        return plain
    usual, high = np.quantile(detector.score(output.embeddings[is_condition]), [0.5, _HIGH_NOVELTY])
    novel = replace(
        plain,
        detector=detector,
        usual_novelty=float(usual),
        novelty_weight=params.novelty_logits / max(float(high - usual), _TINY),
    )
    # Unusual photos now have their own rule, so the temperature is fitted again.
    return replace(novel, temperature=round(fit_temperature(output, truth, novel), 4))
