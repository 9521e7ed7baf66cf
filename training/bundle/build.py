"""From an exported network to a calibrated bundle.

Calibration uses validation photos from the field. Laboratory photos are left out: a leaf on a table is easy, and
thresholds fitted to it would promise too much outdoors.
"""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import onnx
import pandas as pd

from majani.decision.rules import Outcome, decide
from majani.image.quality import QualityLimits
from majani.model.bundle import Bundle, DecisionRules, Thresholds
from majani.taxonomy import REJECT_CLASSES
from training.artifacts import sound_field_photos
from training.bundle.assemble import assemble
from training.bundle.graph import set_calibration
from training.bundle.inference import run_network
from training.bundle.onnx_export import export_onnx
from training.calibration.out_of_distribution import MahalanobisDetector
from training.calibration.probabilities import Answers, calibrated_probabilities, fit_calibration
from training.calibration.thresholds import fit_rules
from training.model.network import LeafNetwork
from training.settings import CalibrateParams, ExportParams


def validation_metrics(bundle: Bundle, answers: Answers, photos: pd.DataFrame) -> dict[str, float]:
    """The few figures that the manifest carries, on the photos that it was fitted on."""
    decisions = [decide(probabilities, manifest=bundle.manifest) for probabilities in answers.probabilities]
    is_crop = ~photos["class_id"].isin(REJECT_CLASSES).to_numpy()
    answered = np.array([one.outcome in (Outcome.CONDITION, Outcome.HEALTHY) for one in decisions])
    top1 = np.array(answers.best()) == photos["class_id"].to_numpy()
    metrics = {
        "val_field_photos": float(is_crop.sum()),
        "val_field_top1": float(top1[is_crop].mean()),
        "val_field_answered": float(answered[is_crop].mean()),
    }
    # How many of these are right is no figure to be shown: the thresholds were fitted to them.
    return {name: round(value, 4) for name, value in metrics.items()}


def fit_detector(bundle: Bundle, learned: pd.DataFrame, params: CalibrateParams) -> MahalanobisDetector:
    """Fit the out-of-distribution score to a fixed choice of the photos that the network was trained on."""
    some = learned.sort_values("sha256").groupby("class_id").head(params.familiar_photos)
    embeddings = run_network(bundle, list(some["photo"]), title="detector").embeddings
    return MahalanobisDetector.fit(embeddings, list(some["class_id"]), directions=params.familiar_directions)


def calibrate(
    model: onnx.ModelProto,
    class_ids: list[str],
    photos: pd.DataFrame,
    learned: pd.DataFrame,
    params: CalibrateParams,
) -> Bundle:
    """Fit the calibration and the decision rules, and build the bundle.

    ``photos`` are validation photos from the field; of the training photos ``learned``, some of each class fit the
    out-of-distribution score. The calibration of ``model`` is set in place.
    """
    date = datetime.now(UTC).strftime("%Y.%m.%d")
    permissive = DecisionRules(
        thresholds=Thresholds(answer=0, reject=1, coarse=1),
        hint_factor=1,
        quality=QualityLimits(min_side_px=1, min_luminance=0, min_sharpness=0),
    )
    plain = assemble(model, class_ids=class_ids, rules=permissive, temperature=1.0, date=date)
    known = photos[photos["class_id"].isin([entry.id for entry in plain.manifest.classes])].reset_index(drop=True)
    output = run_network(plain, list(known["photo"]), title="calibrate")
    truth = np.array([class_ids.index(class_id) for class_id in known["class_id"]], dtype=np.int64)
    detector = fit_detector(plain, learned, params)
    calibration = fit_calibration(output, truth, detector, params)
    answers = Answers(tuple(class_ids), calibrated_probabilities(output, calibration))
    rules = fit_rules(answers, known, params)
    set_calibration(model, calibration)
    bundle = assemble(model, class_ids=class_ids, rules=rules, temperature=calibration.temperature, date=date)
    metrics = validation_metrics(bundle, answers, known)
    return replace(bundle, manifest=bundle.manifest.model_copy(update={"metrics": metrics}))


def build_bundle(
    network: LeafNetwork,
    classes: list[str],
    *,
    train: pd.DataFrame,
    val: pd.DataFrame,
    export: ExportParams,
    params: CalibrateParams,
) -> Bundle:
    """Export and calibrate a network as the stages do; ``classes`` are in output order."""
    _, int8 = export_onnx(network, train, classes=len(classes), params=export)
    return calibrate(int8, classes, sound_field_photos(val), train, params)
