"""The last layer, fitted anew to what a trained network sees: seconds of computing, and no smoothed labels.

Training smooths labels and mixes photos, which helps the features and blurs how sure the answers are. A plain logistic
regression on the finished features ranks right above wrong answers better, most of all in places that were not learned
from.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from training.calibration.probabilities import Floats, ModelOutput

_MAX_STEPS = 500


@dataclass(frozen=True)
class Head:
    """A linear layer: ``weights`` ``(C, D)`` and ``bias`` ``(C,)``, float32, in the order of the model's classes."""

    weights: Floats
    bias: Floats

    def output(self, embeddings: Floats) -> ModelOutput:
        """The network's output with this head, for embeddings ``(N, D)``."""
        return ModelOutput(embeddings @ self.weights.T + self.bias, embeddings)


def fit_head(
    embeddings: Floats,
    truth: npt.NDArray[np.int64],
    sample_weights: npt.NDArray[np.float64],
    *,
    classes: int,
    strength: float,
) -> Head:
    """Fit a head by weighted logistic regression.

    Args:
        embeddings: ``(N, D)``.
        truth: ``(N,)`` positions of the true classes.
        sample_weights: ``(N,)``, relative to each other.
        classes: Number of classes C. One that no photo shows gets a bias that rules it out.
        strength: Inverse of the weight of the squared norm, for weights of 1 on average.
    """
    fitted = LogisticRegression(C=strength, tol=1e-5, max_iter=_MAX_STEPS)
    fitted.fit(embeddings, truth, sample_weight=sample_weights / sample_weights.mean())
    weights = np.zeros((classes, embeddings.shape[1]), dtype=np.float32)
    bias = np.full(classes, _RULED_OUT, dtype=np.float32)
    weights[fitted.classes_], bias[fitted.classes_] = fitted.coef_, fitted.intercept_
    return Head(weights, bias)


# Far below what any photo gives a class that was learned.
_RULED_OUT = -50.0
