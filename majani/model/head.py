"""A head: what follows the network, from its embedding of a photo to calibrated probabilities.

One network serves many heads: that of the bundle, which also stands in the graph, and one of each district. Here it is
computed in numpy, in the phone app in TypeScript, and in the graph in ONNX; golden vectors hold the three together.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from majani.taxonomy import REJECT_CLASSES, UNKNOWN_PLANT

# The least probability that 32 bits hold.
LEAST = 1e-37

Floats = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MahalanobisDetector:
    """Where the embeddings of known photos lie: around the means of their classes, with one common spread.

    Attributes:
        centre: ``(D,)``, the mean of all photos.
        directions: ``(D, K)`` int8; times ``scale`` nearly orthonormal.
        scale: ``(K,)``.
        whitening: ``(K, K)``, to a basis in which the spread within classes is the identity and that of all photos
            diagonal.
        means: ``(M, K)`` of the conditions in that basis. Reject classes are left out: a photo that looks like a known
            weed is no more familiar as a crop.
        around: ``(K,)``, one over the spread of all photos in that basis.
        outside: Weight of the squared length outside of the directions.
    """

    centre: Floats
    directions: npt.NDArray[np.int8]
    scale: Floats
    whitening: Floats
    means: Floats
    around: Floats
    outside: float

    @classmethod
    def none(cls, embedding_size: int) -> Self:
        """One that finds nothing new."""
        empty = np.zeros((1, 1), dtype=np.float32)
        return cls(
            centre=np.zeros(embedding_size, dtype=np.float32),
            directions=np.zeros((embedding_size, 1), dtype=np.int8),
            scale=empty[0],
            whitening=empty,
            means=empty,
            around=empty[0],
            outside=0.0,
        )

    def score(self, embeddings: Floats) -> Scores:
        """Scores that rise with what is new, ``(N,)``, of ``(N, D)`` embeddings."""
        centred = (embeddings - self.centre).astype(np.float64)
        placed = centred @ (self.directions * self.scale)
        whitened = placed @ self.whitening
        nearest = np.square(whitened[:, None] - self.means).sum(axis=2).min(axis=1)
        outside = np.maximum(np.square(centred).sum(axis=1) - np.square(placed).sum(axis=1), 0)
        return np.asarray(nearest - np.square(whitened) @ self.around + self.outside * outside, dtype=np.float64)


@dataclass(frozen=True)
class ModelOutput:
    """Output of the network before calibration: logits ``(N, C)``, reject classes last, and embeddings ``(N, D)``."""

    logits: Floats
    embeddings: Floats


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

    def joined(self, output: ModelOutput) -> Scores:
        """Logits ``(N, C)`` in which every reject class counts its own kinds."""
        kinds = output.embeddings @ self.weights.T + self.bias
        beside = np.concatenate([output.logits, kinds], axis=1).astype(np.float64)
        highest = beside.max(axis=1, keepdims=True)
        shares = np.exp(beside - highest)
        total = shares.sum(axis=1, keepdims=True)
        joined = shares / total @ self.joining(output.logits.shape[1])
        return np.asarray(np.log(np.maximum(joined, LEAST)) + highest + np.log(total))

    @classmethod
    def none(cls, embedding_size: int) -> Self:
        """One kind that nothing is, by a logit that adds no probability."""
        return cls(np.zeros((1, embedding_size), np.float32), np.full(1, -1e9, np.float32), np.zeros(1, np.int64))

    def joining(self, classes: int) -> Floats:
        """``(C + K, C)`` of zeros and ones: which of C classes each logit speaks for."""
        own = np.eye(classes, dtype=np.float32)
        return np.concatenate([own, own[classes - len(REJECT_CLASSES) + self.rejects]])


@dataclass(frozen=True)
class Calibration:
    """Parameters that turn logits and embeddings into probabilities.

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
    probabilities: Floats

    def best(self) -> list[str]:
        """The most probable class of each photo, reject classes included."""
        return [self.class_ids[position] for position in self.probabilities.argmax(axis=1)]


@dataclass(frozen=True)
class LinearLayer:
    """``weights`` ``(C, D)`` and ``bias`` ``(C,)``, float32, in the order of the model's classes."""

    weights: Floats
    bias: Floats

    def output(self, embeddings: Floats) -> ModelOutput:
        """The network's output with this layer, for embeddings ``(N, D)``."""
        return ModelOutput(embeddings @ self.weights.T + self.bias, embeddings)


@dataclass(frozen=True)
class Head:
    """Everything between embeddings and probabilities; ``class_ids`` are in output order, reject classes last."""

    class_ids: tuple[str, ...]
    layer: LinearLayer
    calibration: Calibration

    def answers(self, embeddings: Floats) -> Answers:
        """What it says of ``(N, D)`` embeddings."""
        return Answers(self.class_ids, calibrated_probabilities(self.layer.output(embeddings), self.calibration))


def calibrated_probabilities(output: ModelOutput, calibration: Calibration) -> Floats:
    """Calibrated probabilities, ``(N, C)``, each row summing to 1."""
    logits = output.logits.astype(np.float64) if calibration.outliers is None else calibration.outliers.joined(output)
    tempered = logits / calibration.temperature
    if calibration.detector is not None:
        unusual = np.maximum(calibration.detector.score(output.embeddings) - calibration.usual_novelty, 0)
        tempered[:, REJECT_CLASSES.index(UNKNOWN_PLANT) - len(REJECT_CLASSES)] += calibration.novelty_weight * unusual
    shares = np.exp(tempered - tempered.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float32)
