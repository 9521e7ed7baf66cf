"""Stage ``calibrate``: beliefs, thresholds and confidence bands, fitted on validation photos from the field.

Lab photos are left out: a leaf on a table is easy, and thresholds fitted to it would promise too much outdoors. The
result is a complete bundle in ``models/candidate``.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
import pandas as pd

from majani.decision.rules import Outcome, decide
from majani.model.bundle import Bundle, DecisionRules, QualityLimits, Thresholds, sha256_hex, write_bundle
from majani.taxonomy import REJECT_CLASSES
from training.bundle.assemble import assemble
from training.bundle.graph import load, set_calibration
from training.bundle.inference import Answers, see
from training.calibration.out_of_distribution import Familiar
from training.calibration.probabilities import beliefs, fit_calibration
from training.calibration.thresholds import fit_rules
from training.fit.trainer import Lesson
from training.model.network import LeafNetwork
from training.settings import CalibrateParams, ExportParams, read_params
from training.sources.description import Setting
from training.stages.export import INT8_FILE, exported
from training.stages.split import read_splits
from training.stages.train import CLASSES_FILE

CANDIDATE_DIR = Path("models/candidate")
FIELD_SETTINGS = (Setting.FIELD.value, Setting.WEB.value)


def validation_metrics(bundle: Bundle, answers: Answers, photos: pd.DataFrame) -> dict[str, float]:
    """The few figures that the manifest carries, on the photos that it was fitted on."""
    decisions = [decide(belief, manifest=bundle.manifest) for belief in answers.probabilities]
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


def familiar_to(bundle: Bundle, learned: pd.DataFrame, params: CalibrateParams) -> Familiar:
    """Where the photos that a network has learned from lie.

    Args:
        bundle: Of the network.
        learned: Training photos; some of each class, chosen by their checksums, are looked at.
        params: The stage's settings.
    """
    some = learned.sort_values("sha256").groupby("class_id").head(params.familiar_photos)
    embeddings = see(bundle, list(some["photo"]), title="what is familiar").embeddings
    return Familiar.fit(embeddings, list(some["class_id"]), directions=params.familiar_directions)


def calibrate(
    model: onnx.ModelProto,
    class_ids: list[str],
    photos: pd.DataFrame,
    learned: pd.DataFrame,
    params: CalibrateParams,
) -> Bundle:
    """Fit everything and put the bundle together.

    Args:
        model: A wrapped graph without calibration; gets it.
        class_ids: In output order.
        photos: Validation photos from the field.
        learned: Training photos, of which some of each class show what is familiar.
        params: The stage's settings.
    """
    date = datetime.now(UTC).strftime("%Y.%m.%d")
    permissive = DecisionRules(
        thresholds=Thresholds(answer=0, reject=1, coarse=1),
        hint_factor=1,
        quality=QualityLimits(min_side_px=1, min_luminance=0, min_sharpness=0),
    )
    plain = assemble(model, class_ids=class_ids, rules=permissive, temperature=1.0, date=date)
    known = photos[photos["class_id"].isin([entry.id for entry in plain.manifest.classes])].reset_index(drop=True)
    seen = see(plain, list(known["photo"]), title="calibrate")
    truth = np.array([class_ids.index(class_id) for class_id in known["class_id"]], dtype=np.int64)
    familiar = familiar_to(plain, learned, params)
    calibration = fit_calibration(seen, truth, familiar, params)
    answers = Answers(tuple(class_ids), beliefs(seen, calibration))
    rules = fit_rules(answers, known, params)
    set_calibration(model, calibration)
    bundle = assemble(model, class_ids=class_ids, rules=rules, temperature=calibration.temperature, date=date)
    metrics = validation_metrics(bundle, answers, known)
    return replace(bundle, manifest=bundle.manifest.model_copy(update={"metrics": metrics}))


def sound_in_field(photos: pd.DataFrame) -> "pd.Series[bool]":
    """Which photos may calibrate; labels that their source's own description doubts teach, but measure nothing."""
    return photos["setting"].isin(FIELD_SETTINGS) & (photos["doubt"] == "")


def sound_field_photos(photos: pd.DataFrame) -> pd.DataFrame:
    """What may calibrate, see :func:`sound_in_field`."""
    return photos[sound_in_field(photos)].reset_index(drop=True)


def bundle_of(network: LeafNetwork, lesson: Lesson, *, export: ExportParams, params: CalibrateParams) -> Bundle:
    """Make a bundle of a network as the stages do, from what it has learned alone.

    Args:
        network: As trained.
        lesson: What it has learned; the photos that watched calibrate.
        export: Settings of the stage ``export``.
        params: Of this one.
    """
    _, int8 = exported(network, lesson.train, classes=len(lesson.classes), params=export)
    return calibrate(int8, lesson.classes, sound_field_photos(lesson.val), lesson.train, params)


def main() -> None:
    """Run the stage."""
    field = sound_field_photos(read_splits("val"))
    class_ids: list[str] = json.loads(CLASSES_FILE.read_text(encoding="utf-8"))
    bundle = calibrate(load(INT8_FILE), class_ids, field, read_splits("train"), read_params().calibrate)
    write_bundle(bundle, CANDIDATE_DIR)
    print(f"calibrate: bundle {bundle.manifest.version}, sha256 {sha256_hex(bundle.model)[:12]}")
    print(bundle.manifest.rules.model_dump_json(indent=2))
    print(dict(bundle.manifest.metrics))


if __name__ == "__main__":
    main()
