"""Calibrated probabilities from logits and embeddings in numpy, as the graph computes them, and their fit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, softmax

from majani.taxonomy import REJECT_CLASSES, UNKNOWN_PLANT
from training.calibration.out_of_distribution import MahalanobisDetector
from training.settings import CalibrateParams

# Share of good field photos that are less novel than what ``novelty_logits`` speaks of.
_HIGH_NOVELTY = 0.95
# Lower bound of a divisor.
_TINY = 1e-6
# A logit that adds no probability, and the least probability that 32 bits hold.
_NEVER, LEAST = -1e9, 1e-37

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Outliers:
    """What tells outliers: a row of the last layer for each kind, which speaks for a reject class.

    One row for all of them would have to lie on the far side of all conditions, and take known leaves with it.

    Attributes:
        weights: ``(K, D)``, and ``bias`` ``(K,)``.
        rejects: ``(K,)``, positions among the reject classes.
    """

    weights: Floats
    bias: Floats
    rejects: npt.NDArray[np.int64]

    def joined(self, output: "ModelOutput") -> npt.NDArray[np.float64]:
        """Logits ``(N, C)`` in which every reject class counts its own kinds."""
        kinds = output.embeddings @ self.weights.T + self.bias
        beside = np.concatenate([output.logits, kinds], axis=1).astype(np.float64)
        shares = softmax(beside, axis=1) @ self.joining(output.logits.shape[1])
        return np.asarray(np.log(np.maximum(shares, LEAST)) + logsumexp(beside, axis=1, keepdims=True))

    def joining(self, classes: int) -> Floats:
        """``(C + K, C)`` of zeros and ones: which of C classes each logit speaks for."""
        own = np.eye(classes, dtype=np.float32)
        return np.concatenate([own, own[classes - len(REJECT_CLASSES) + self.rejects]])

    @classmethod
    def none(cls, embedding_size: int) -> Self:
        """One kind that nothing is."""
        return cls(np.zeros((1, embedding_size), np.float32), np.full(1, _NEVER, np.float32), np.zeros(1, np.int64))


@dataclass(frozen=True)
class Calibration:
    """Parameters that turn logits and embeddings into probabilities, inside the graph.

    A photo that is unusually far from the training photos is more likely an unknown plant: the logit of that class
    rises in proportion to the distance.

    Attributes:
        temperature: Divisor of the logits.
        outliers: Further logits of the reject classes; None for no such ones.
        detector: Gives the out-of-distribution score; None for no such score.
        usual_novelty: Scores above it raise the logit of an unknown plant.
        novelty_weight: Rise for each unit above, after the temperature.
    """

    temperature: float = 1.0
    outliers: Outliers | None = None
    detector: MahalanobisDetector | None = None
    usual_novelty: float = 0.0
    novelty_weight: float = 0.0


@dataclass(frozen=True)
class Answers:
    """Probabilities ``(N, C)`` float32 for a list of photos, each row summing to 1; ``class_ids`` name the columns."""

    class_ids: tuple[str, ...]
    probabilities: npt.NDArray[np.float32]

    def best(self) -> list[str]:
        """The most probable class of each photo, reject classes included."""
        return [self.class_ids[position] for position in self.probabilities.argmax(axis=1)]


@dataclass(frozen=True)
class ModelOutput:
    """Output of the network before calibration: logits ``(N, C)``, reject classes last, and embeddings ``(N, D)``."""

    logits: Floats
    embeddings: Floats

    @classmethod
    def concatenate(cls, parts: Sequence["ModelOutput"]) -> Self:
        """The photos of all parts, in order; at least one part, which may hold no photo."""
        return cls(np.concatenate([part.logits for part in parts]), np.concatenate([part.embeddings for part in parts]))


def calibrated_probabilities(output: ModelOutput, calibration: Calibration) -> Floats:
    """Calibrated probabilities, ``(N, C)``, each row summing to 1."""
    logits = output.logits.astype(np.float64) if calibration.outliers is None else calibration.outliers.joined(output)
    tempered = logits / calibration.temperature
    if calibration.detector is not None:
        unusual = np.maximum(calibration.detector.score(output.embeddings) - calibration.usual_novelty, 0)
        tempered[:, REJECT_CLASSES.index(UNKNOWN_PLANT) - len(REJECT_CLASSES)] += calibration.novelty_weight * unusual
    return np.asarray(softmax(tempered, axis=1), dtype=np.float32)


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
