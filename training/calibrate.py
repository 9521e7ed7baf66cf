"""Stage ``calibrate``: temperature, thresholds and confidence bands, fitted on validation photos from the field.

Lab photos are left out: a leaf on a table is easy, and thresholds fitted to it would promise too much outdoors. The
result is a complete bundle in ``models/candidate``.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize_scalar

from majani.bundle import (
    Bundle,
    ConfidenceBand,
    DecisionRules,
    QualityLimits,
    Thresholds,
    sha256_hex,
    write_bundle,
)
from majani.decision import Outcome, decide
from majani.taxonomy import REJECT_CLASSES
from training.answers import Answers, answer
from training.assemble import assemble
from training.export import INT8_FILE
from training.graph import load, set_temperature
from training.params import CalibrateParams, Params, read_params
from training.sources import Setting
from training.split import read_splits

CANDIDATE_DIR = Path("models/candidate")
FIELD_SETTINGS = (Setting.FIELD.value, Setting.WEB.value)
# A source with fewer validation photos cannot tell a good threshold from luck.
_ENOUGH_PHOTOS = 50
# Where no threshold is enough, only near certainty is answered.
_NEVER_REACHED = 0.99
# A band with fewer answers makes no promise worth saying.
_ENOUGH_ANSWERS = 20


def temper(probabilities: npt.NDArray[np.float32], temperature: float) -> npt.NDArray[np.float32]:
    """Probabilities at another temperature; the logarithm of a softmax is the logits up to a constant."""
    logits = np.log(np.maximum(probabilities.astype(np.float64), 1e-12)) / temperature
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


def fit_temperature(probabilities: npt.NDArray[np.float32], truth: npt.NDArray[np.int64]) -> float:
    """The temperature that makes the true classes most likely.

    Args:
        probabilities: ``(N, C)`` at temperature 1.
        truth: ``(N,)`` positions of the true classes.
    """

    def loss(log_temperature: float) -> float:
        tempered = temper(probabilities, float(np.exp(log_temperature)))
        return float(-np.log(np.maximum(tempered[np.arange(len(truth)), truth], 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-1.6, 1.6), method="bounded").x))


def fit_answer_threshold(
    confidence: npt.NDArray[np.float32], right: npt.NDArray[np.bool_], sources: Sequence[str], *, precision: float
) -> float:
    """The lowest threshold from which every source with enough photos is answered right often enough.

    Taking the strictest source keeps easy photos of one crop from paying for wrong answers about another.

    Args:
        confidence: ``(N,)`` probability of the best condition.
        right: ``(N,)`` whether it is the true one.
        sources: ``N`` source ids.
        precision: Share of right answers wanted.
    """
    frame = pd.DataFrame({"confidence": confidence, "right": right, "source": list(sources)})
    thresholds = [0.0]
    for _, of_source in frame.groupby("source"):
        if len(of_source) >= _ENOUGH_PHOTOS:
            ordered = of_source.sort_values("confidence", ascending=False)
            reached = ordered["right"].cumsum() / np.arange(1, len(ordered) + 1) >= precision
            # A threshold cannot pass between answers of one confidence: only the last of them counts.
            reached &= ~ordered["confidence"].duplicated(keep="last")
            thresholds.append(float(ordered["confidence"][reached].min()) if reached.any() else _NEVER_REACHED)
    # Rounded up: down would let in answers that were counted out.
    return math.ceil(max(thresholds) * 1000) / 1000


def confidence_bands(
    confidence: npt.NDArray[np.float32],
    right: npt.NDArray[np.bool_],
    sources: Sequence[str],
    *,
    edges: Sequence[float],
) -> tuple[ConfidenceBand, ...]:
    """Right answers per band of confidence, of the source that fared worst in it.

    A promise in words has to hold for the next farmer, whose field may be like the hardest source; so easy sources do
    not sweeten it. A band in which no source has enough answers joins the one below.

    Args:
        confidence: ``(N,)`` probability of the best condition.
        right: ``(N,)`` whether it is the true one.
        sources: ``N`` source ids.
        edges: Lower edges, rising.
    """
    frame = pd.DataFrame({"confidence": confidence, "right": right, "source": list(sources)})
    bands: list[ConfidenceBand] = []
    upper = np.inf
    for lower in reversed(edges):
        inside = frame[(frame["confidence"] >= lower) & (frame["confidence"] < upper)]
        fared = [(int(kept.sum()), len(kept)) for _, kept in inside.groupby("source")["right"]]
        fared = [(kept, answered) for kept, answered in fared if answered >= _ENOUGH_ANSWERS]
        if fared:
            worst_right, answered = min(fared, key=lambda one: one[0] / one[1])
            bands.append(ConfidenceBand(min_probability=lower, right=worst_right, answered=answered))
            upper = lower
    return tuple(reversed(bands))


def fit_rules(answers: Answers, photos: pd.DataFrame, params: CalibrateParams) -> DecisionRules:
    """All decision rules, from calibrated answers on field photos.

    Args:
        answers: At the final temperature, in the order of ``photos``.
        photos: Validation photos from the field, crops and rejects.
        params: The stage's settings.
    """
    is_crop = ~photos["class_id"].isin(REJECT_CLASSES).to_numpy()
    conditions = answers.probabilities[:, : -len(REJECT_CLASSES)]
    confidence = conditions.max(axis=1)
    best = np.array(answers.class_ids)[conditions.argmax(axis=1)]
    right = best == photos["class_id"].to_numpy()
    rejected = answers.probabilities[:, -len(REJECT_CLASSES) :].sum(axis=1)
    # Below one half a condition would still be more likely than all rejects together.
    reject = max(0.5, float(np.quantile(rejected[is_crop], 1 - params.lost_good_photos)))
    asked = is_crop & (rejected < reject)
    threshold = fit_answer_threshold(
        confidence[asked], right[asked], list(photos["source"][asked]), precision=params.answer_precision
    )
    # A quarter each, so that both limits together cost half of what may be lost.
    lost = params.lost_good_photos / 4
    crop_photos = photos[is_crop]
    return DecisionRules(
        thresholds=Thresholds(answer=threshold, reject=round(reject, 3), coarse=params.coarse_threshold),
        hint_factor=params.hint_factor,
        quality=QualityLimits(
            min_side_px=params.min_side_px,
            min_luminance=round(float(crop_photos["luminance"].quantile(lost)), 1),
            min_sharpness=round(float(crop_photos["sharpness"].quantile(lost)), 1),
        ),
        confidence_bands=confidence_bands(
            confidence[asked], right[asked], list(photos["source"][asked]), edges=params.band_edges
        ),
    )


def validation_metrics(bundle: Bundle, answers: Answers, photos: pd.DataFrame) -> dict[str, float]:
    """The few figures that the manifest carries, on the photos that it was fitted on."""
    decisions = [decide(belief, manifest=bundle.manifest) for belief in answers.probabilities]
    is_crop = ~photos["class_id"].isin(REJECT_CLASSES).to_numpy()
    answered = np.array([one.outcome in (Outcome.CONDITION, Outcome.HEALTHY) for one in decisions])
    named_right = np.array([one.condition for one in decisions]) == photos["class_id"].to_numpy()
    top1 = np.array(answers.best()) == photos["class_id"].to_numpy()
    metrics = {
        "val_field_photos": float(is_crop.sum()),
        "val_field_top1": float(top1[is_crop].mean()),
        "val_field_answered": float(answered[is_crop].mean()),
    }
    if (answered & is_crop).any():
        metrics["val_field_right_when_answered"] = float(named_right[answered & is_crop].mean())
    return {name: round(value, 4) for name, value in metrics.items()}


def calibrate(params: Params, photos: pd.DataFrame) -> Bundle:
    """Fit everything and put the bundle together.

    Args:
        params: All settings; their digest goes into the manifest.
        photos: Validation photos from the field.
    """
    model = load(INT8_FILE)
    date = datetime.now(UTC).strftime("%Y.%m.%d")
    permissive = DecisionRules(
        thresholds=Thresholds(answer=0, reject=1, coarse=1),
        hint_factor=1,
        quality=QualityLimits(min_side_px=1, min_luminance=0, min_sharpness=0),
    )
    plain = assemble(model, rules=permissive, temperature=1.0, date=date, metrics={})
    known = photos[photos["class_id"].isin([entry.id for entry in plain.manifest.classes])].reset_index(drop=True)
    raw = answer(plain, list(known["photo"]), title="calibrate")
    truth = np.array([raw.class_ids.index(class_id) for class_id in known["class_id"]], dtype=np.int64)
    temperature = round(fit_temperature(raw.probabilities, truth), 4)
    answers = Answers(raw.class_ids, temper(raw.probabilities, temperature))
    rules = fit_rules(answers, known, params.calibrate)
    set_temperature(model, temperature)
    bundle = assemble(model, rules=rules, temperature=temperature, date=date, metrics={})
    metrics = validation_metrics(bundle, answers, known)
    return replace(bundle, manifest=bundle.manifest.model_copy(update={"metrics": metrics}))


def main() -> None:
    """Run the stage."""
    val = read_splits("val")
    bundle = calibrate(read_params(), val[val["setting"].isin(FIELD_SETTINGS)].reset_index(drop=True))
    write_bundle(bundle, CANDIDATE_DIR)
    print(f"calibrate: bundle {bundle.manifest.version}, sha256 {sha256_hex(bundle.model)[:12]}")
    print(bundle.manifest.rules.model_dump_json(indent=2))
    print(dict(bundle.manifest.metrics))


if __name__ == "__main__":
    main()
