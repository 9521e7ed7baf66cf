"""The last layer and its calibration, fitted to what a trained network sees: seconds of computing.

Training smooths labels and mixes photos, which helps the features and blurs how sure the answers are. A plain logistic
regression on the finished features ranks right above wrong answers better, most of all in places that were not learned
from.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LogisticRegression

from training.artifacts import is_sound_field
from training.calibration.out_of_distribution import MahalanobisDetector
from training.calibration.probabilities import (
    Answers,
    Calibration,
    Floats,
    ModelOutput,
    calibrated_probabilities,
    fit_calibration,
)
from training.calibration.seen_photos import SeenPhotos
from training.settings import CalibrateParams

_MAX_STEPS = 500
# Far below what any photo gives a class that was learned.
_RULED_OUT = -50.0


@dataclass(frozen=True)
class Head:
    """A linear layer: ``weights`` ``(C, D)`` and ``bias`` ``(C,)``, float32, in the order of the model's classes."""

    weights: Floats
    bias: Floats

    def output(self, embeddings: Floats) -> ModelOutput:
        """The network's output with this head, for embeddings ``(N, D)``."""
        return ModelOutput(embeddings @ self.weights.T + self.bias, embeddings)


@dataclass(frozen=True)
class CalibratedHead:
    """Everything between embeddings and probabilities; ``class_ids`` are in output order, reject classes last."""

    class_ids: tuple[str, ...]
    head: Head
    calibration: Calibration

    def answers(self, embeddings: Floats) -> Answers:
        """What a bundle with this head says of ``(N, D)`` embeddings."""
        return Answers(self.class_ids, calibrated_probabilities(self.head.output(embeddings), self.calibration))


def fit_head(
    embeddings: Floats,
    truth: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float64],
    *,
    classes: int,
    strength: float,
) -> Head:
    """Fit a head by weighted logistic regression.

    Args:
        embeddings: ``(N, D)``.
        truth: ``(N,)`` positions of the true classes.
        weights: ``(N,)`` of the photos, relative to each other.
        classes: Number of classes C. One that no photo shows is ruled out.
        strength: Inverse of the weight of the squared norm, for photos of weight 1 on average.
    """
    fitted = LogisticRegression(C=strength, tol=1e-5, max_iter=_MAX_STEPS)
    fitted.fit(embeddings, truth, sample_weight=weights / weights.mean())
    matrix = np.zeros((classes, embeddings.shape[1]), dtype=np.float32)
    bias = np.full(classes, _RULED_OUT, dtype=np.float32)
    # As the graph keeps them.
    matrix[fitted.classes_] = _both_ways(fitted.coef_).astype(np.float16)
    bias[fitted.classes_] = _both_ways(fitted.intercept_)
    return Head(matrix, bias)


def _both_ways(fitted: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Of two classes scikit-learn gives what speaks for the second against the first."""
    return np.concatenate([-fitted, fitted]) / 2 if len(fitted) == 1 else fitted


def fit_calibrated_head(seen: SeenPhotos, class_ids: tuple[str, ...], params: CalibrateParams) -> CalibratedHead:
    """Fit a head to training photos, and its calibration to validation photos from the field.

    Laboratory photos do not calibrate: a leaf on a table is easy, and would make the answers sound too sure outdoors.
    """
    seen = seen.where(seen.rows["class_id"].isin(class_ids))
    train = seen.where(seen.rows["split"] == "train")
    head = fit_head(
        train.embeddings,
        positions(train.rows, class_ids),
        train.rows["weight"].to_numpy(dtype=np.float64),
        classes=len(class_ids),
        strength=params.head_strength,
    )
    detector = fit_detector(train, params)
    val = seen.where((seen.rows["split"] == "val") & is_sound_field(seen.rows))
    calibration = fit_calibration(head.output(val.embeddings), positions(val.rows, class_ids), detector, params)
    return CalibratedHead(class_ids, head, calibration)


def fit_detector(train: SeenPhotos, params: CalibrateParams) -> MahalanobisDetector:
    """Fit the out-of-distribution score to a fixed choice of the photos that the network was trained on."""
    chosen = train.rows.sort_values("sha256").groupby("class_id").head(params.familiar_photos)
    some = train.where(train.rows.index.isin(chosen.index))
    return MahalanobisDetector.fit(some.embeddings, list(some.rows["class_id"]), directions=params.familiar_directions)


def positions(rows: pd.DataFrame, class_ids: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """``(N,)`` positions of the photos' classes among ``class_ids``, which has them all."""
    place = {class_id: position for position, class_id in enumerate(class_ids)}
    return np.array([place[class_id] for class_id in rows["class_id"]], dtype=np.int64)
