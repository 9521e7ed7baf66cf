"""The last layer and its calibration, fitted to what a trained network sees: seconds of computing.

Training smooths labels and mixes photos, which helps the features and blurs how sure the answers are. A plain logistic
regression on the finished features ranks right above wrong answers better, most of all in places that were not learned
from.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import eigh
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression

from majani.model.head import Floats, Head, LinearLayer, MahalanobisDetector, Outliers
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.embeddings import EmbeddingTable
from training.artifacts.files import OUTLIER, is_sound_field
from training.calibration.out_of_distribution import fit_mahalanobis
from training.calibration.probabilities import fit_calibration
from training.settings import CalibrateParams

_MAX_STEPS = 500
# Weight of a photo from a folder that is marked as doubtful.
_DOUBTFUL = 0.5
# Far below what any photo gives a class that was learned.
_RULED_OUT = -50.0


def fit_head(
    embeddings: Floats,
    truth: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float64],
    *,
    classes: int,
    strength: float,
) -> LinearLayer:
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
    return LinearLayer(matrix, bias)


def _both_ways(fitted: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Of two classes scikit-learn gives what speaks for the second against the first."""
    return np.concatenate([-fitted, fitted]) / 2 if len(fitted) == 1 else fitted


def refit_classes(  # noqa: PLR0913 - a weighted fit, and where it begins
    head: LinearLayer,
    embeddings: Floats,
    truth: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float64],
    among_classes: npt.NDArray[np.float64],
    *,
    classes: npt.NDArray[np.int64],
    strength: float,
    scaling: Floats,
) -> LinearLayer:
    """Fit some classes of a head anew and leave the others as they are.

    What tells these classes from each other can count more than what tells them from the others: the more a class is
    pulled towards its photos as a whole, the more photos of other crops it takes with it.

    Args:
        head: To begin with.
        embeddings: ``(N, D)``.
        truth: ``(N,)`` positions of the true classes.
        weights: ``(N,)`` of the photos, relative to each other.
        among_classes: ``(N,)`` further weights where only these classes compete; 0 for photos of others.
        classes: ``(R,)`` positions of those that are fitted.
        strength: As in :func:`fit_head`.
        scaling: ``(D, D)`` by which embeddings are multiplied before norms are taken.
    """
    others = logsumexp(np.delete(head.output(embeddings).logits, classes, axis=1), axis=1)
    scaled, narrow = embeddings @ scaling, np.float32
    is_own = truth[:, None] == classes
    among_classes, weights = (among_classes / weights.mean()).astype(narrow), (weights / weights.mean()).astype(narrow)

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        matrix, bias = np.split(flat.reshape(len(classes), -1), [-1], axis=1)
        logits = scaled @ matrix.T.astype(narrow) + bias.T.astype(narrow)
        these, of_truth = logsumexp(logits, axis=1), (logits * is_own).sum(axis=1)
        value, slope = (matrix**2).sum() / (2 * strength), np.zeros_like(logits)
        for total, counts in ((np.logaddexp(others, these), weights), (these, among_classes)):
            value += counts @ (total - of_truth)
            slope += (np.exp(logits - total[:, None]) - is_own) * counts[:, None]
        gradient = np.column_stack([slope.T @ scaled + matrix / strength, slope.sum(axis=0)])
        return float(value), gradient.ravel().astype(np.float64)

    start = np.column_stack([np.zeros((len(classes), scaled.shape[1])), head.bias[classes]])
    # In 32 bits no smaller change of the loss can be told.
    options = {"maxiter": _MAX_STEPS, "ftol": 1e-6}
    fitted = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options=options).x
    fitted = fitted.reshape(start.shape)
    matrix, bias = head.weights.copy(), head.bias.copy()
    # As the graph keeps them.
    matrix[classes], bias[classes] = (fitted[:, :-1] @ scaling.T).astype(np.float16), fitted[:, -1]
    return LinearLayer(matrix, bias)


def within_class_scaling(seen: EmbeddingTable, *, smoothing: float) -> Floats:
    """Directions in which photos of one condition of one source differ most count least (WCCN, Hatch et al. 2006).

    Args:
        seen: Photos with weights.
        smoothing: Added to the variance of every direction, in mean variances.

    Returns:
        ``(D, D)``, symmetric; on average it leaves lengths as they are.
    """
    kinds = [seen.rows["source"].to_numpy(), seen.rows["class_id"].to_numpy()]
    rest = seen.embeddings - pd.DataFrame(seen.embeddings).groupby(kinds).transform("mean").to_numpy()
    weights = seen.rows["weight"].to_numpy(dtype=np.float64)
    # In parts and in place, for a machine with little memory.
    parts = np.array_split(np.arange(len(rest)), len(rest) // 1000 + 1)
    together = sum((rest[part] * weights[part, None]).T @ rest[part] for part in parts) / weights.sum()
    del rest
    variances, directions = eigh(together, overwrite_a=True)
    usual = variances.mean()
    factors = np.sqrt(usual * (1 + smoothing) / (variances.clip(min=0) + smoothing * usual))
    return np.asarray((directions * factors) @ directions.T, dtype=np.float32)


def fit_calibrated_head(seen: EmbeddingTable, class_ids: tuple[str, ...], params: CalibrateParams) -> Head:
    """Fit a head to the training photos and outliers that it may learn from, and its calibration."""
    seen = seen.under(params.terms)
    seen = seen.where(seen.rows["class_id"].isin(class_ids))
    learned, classes = learned_by_heads(seen, params), len(class_ids)
    truth, is_outlier = positions(learned.rows, class_ids), (learned.rows["split"] == OUTLIER).to_numpy()
    kinds = learned.rows[is_outlier].groupby(["source", "class_id"])
    truth[is_outlier] = classes + kinds.ngroup()
    fitted = fit_head(
        learned.embeddings,
        truth,
        learned.rows["weight"].to_numpy(dtype=np.float64),
        classes=classes + kinds.ngroups,
        strength=params.head_strength,
    )
    head = LinearLayer(fitted.weights[:classes], fitted.bias[:classes])
    rejects = kinds["class_id"].first().map(REJECT_CLASSES.index).to_numpy(dtype=np.int64)
    outliers = Outliers(fitted.weights[classes:], fitted.bias[classes:], rejects) if len(rejects) else None
    return calibrated(head, seen, class_ids, params, outliers=outliers)


def learned_by_heads(seen: EmbeddingTable, params: CalibrateParams) -> EmbeddingTable:
    """What heads are fitted to: outliers, all of their sources alike, and then the training photos (outlier exposure).

    Hendrycks et al. 2019, https://arxiv.org/abs/1812.04606, with a network that never sees the outliers. Each class of
    a source weighs its number of photos to the power ``1 - head_balance``, so that no place may stand for a class.
    """
    train, outliers = (seen.where(seen.rows["split"] == split) for split in ("train", OUTLIER))
    of_class = train.rows.groupby(["source", "class_id"])["photo"].transform("size")
    balanced = of_class**-params.head_balance * np.where(train.rows["doubt"] == "", 1, _DOUBTFUL)
    train = replace(train, rows=train.rows.assign(weight=balanced.where(train.rows["weight"] > 0, 0.0)))
    by_source = outliers.rows.groupby("source")
    shares = 1 / (by_source["photo"].transform("size") * by_source.ngroups)
    weight = params.outlier_share * train.rows["weight"].sum() * shares
    return replace(outliers, rows=outliers.rows.assign(weight=weight)).and_also(train)


def calibrated(
    head: LinearLayer,
    seen: EmbeddingTable,
    class_ids: tuple[str, ...],
    params: CalibrateParams,
    *,
    outliers: Outliers | None,
) -> Head:
    """Fit a head's calibration to validation photos from the field; all photos are of these classes.

    Laboratory photos do not calibrate: a leaf on a table is easy, and would make the answers sound too sure outdoors.
    """
    detector = fit_detector(seen.where(seen.rows["split"] == "train"), params)
    val = seen.where((seen.rows["split"] == "val") & is_sound_field(seen.rows))
    truth = positions(val.rows, class_ids)
    calibration = fit_calibration(head.output(val.embeddings), truth, detector, params, outliers=outliers)
    return Head(class_ids, head, calibration)


def fit_detector(train: EmbeddingTable, params: CalibrateParams) -> MahalanobisDetector:
    """Fit the out-of-distribution score to a fixed choice of known photos, each as it was taken."""
    chosen = train.rows.drop_duplicates("sha256").sort_values("sha256").groupby("class_id").head(params.familiar_photos)
    some = train.where(train.rows.index.isin(chosen.index))
    return fit_mahalanobis(some.embeddings, list(some.rows["class_id"]), directions=params.familiar_directions)


def positions(rows: pd.DataFrame, class_ids: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """``(N,)`` positions of the photos' classes among ``class_ids``, which has them all."""
    place = {class_id: position for position, class_id in enumerate(class_ids)}
    return np.array([place[class_id] for class_id in rows["class_id"]], dtype=np.int64)
