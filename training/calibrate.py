"""Stage ``calibrate``: temperature, thresholds and confidence bands, fitted on validation photos from the field.

Lab photos are left out: a leaf on a table is easy, and thresholds fitted to it would promise too much outdoors. The
result is a complete bundle in ``models/candidate``.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pandas as pd
from scipy.optimize import minimize_scalar

from majani.bundle import (
    Bundle,
    ConfidenceBand,
    DecisionRules,
    QualityLimits,
    SecondLook,
    Thresholds,
    sha256_hex,
    write_bundle,
)
from majani.decision import Outcome, decide, pool
from majani.look import wants_second_look
from majani.taxonomy import REJECT_CLASSES
from training.answers import Answers, both_looks
from training.assemble import assemble
from training.export import INT8_FILE
from training.graph import load, set_temperature
from training.params import CalibrateParams, read_params
from training.sources import Setting
from training.split import read_splits
from training.train import CLASSES_FILE

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


def after_second_look(
    first: npt.NDArray[np.float32], second: npt.NDArray[np.float32], *, temperature: float, rule: SecondLook | None
) -> npt.NDArray[np.float32]:
    """What :func:`majani.look.look` would say at a temperature, from both looks at temperature 1.

    Args:
        first: ``(N, C)``, the whole photos.
        second: ``(N, C)``, the parts; of photos that the rule wants no second look at they do not count.
        temperature: To apply to both.
        rule: When there is a second look.
    """
    beliefs = temper(first, temperature)
    if rule is not None:
        nearer = temper(second, temperature)
        for row, belief in enumerate(beliefs):
            if wants_second_look(belief, rule):
                beliefs[row] = pool([belief, nearer[row]])
    return beliefs


def fit_temperature(beliefs_at: Callable[[float], npt.NDArray[np.float32]], truth: npt.NDArray[np.int64]) -> float:
    """The temperature that makes the true classes most likely.

    Args:
        beliefs_at: Temperature to beliefs, ``(N, C)``.
        truth: ``(N,)`` positions of the true classes.
    """

    def loss(log_temperature: float) -> float:
        tempered = beliefs_at(float(np.exp(log_temperature)))
        return float(-np.log(np.maximum(tempered[np.arange(len(truth)), truth], 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-1.6, 1.6), method="bounded").x))


def fit_answer_threshold(
    confidence: npt.NDArray[np.float32],
    right: npt.NDArray[np.bool_],
    sources: Sequence[str],
    *,
    precision: float,
    least: float,
) -> float:
    """The lowest threshold from which every source with enough photos is answered right often enough.

    Taking the strictest source keeps easy photos of one crop from paying for wrong answers about another.

    Args:
        confidence: ``(N,)`` probability of the best condition.
        right: ``(N,)`` whether it is the true one.
        sources: ``N`` source ids.
        precision: Share of right answers wanted.
        least: No lower threshold than this.

    Returns:
        Without a single source with enough photos nothing is known, and only near certainty is answered.
    """
    frame = pd.DataFrame({"confidence": confidence, "right": right, "source": list(sources)})
    thresholds: list[float] = []
    for _, of_source in frame.groupby("source"):
        if len(of_source) >= _ENOUGH_PHOTOS:
            ordered = of_source.sort_values("confidence", ascending=False)
            reached = ordered["right"].cumsum() / np.arange(1, len(ordered) + 1) >= precision
            # A threshold cannot pass between answers of one confidence: only the last of them counts.
            reached &= ~ordered["confidence"].duplicated(keep="last")
            thresholds.append(float(ordered["confidence"][reached].min()) if reached.any() else _NEVER_REACHED)
    if not thresholds:
        return _NEVER_REACHED
    # Rounded up: down would let in answers that were counted out.
    return math.ceil(max(least, *thresholds) * 1000) / 1000


def fit_class_thresholds(
    confidence: npt.NDArray[np.float32],
    right: npt.NDArray[np.bool_],
    best: Sequence[str],
    sources: Sequence[str],
    *,
    params: CalibrateParams,
) -> dict[str, float]:
    """Each class's own threshold: the lowest from which answers that name it are right often enough.

    A class has few validation photos, so its counts are joined by ``prior_photos`` more that behave like those of the
    hardest source: the fewer photos a class has, the nearer its threshold stays to what that source needs.

    Args:
        confidence: ``(N,)`` probability of the best condition.
        right: ``(N,)`` whether it is the true one.
        best: ``N`` ids of the best condition.
        sources: ``N`` source ids.
        params: The stage's settings.
    """
    frame = pd.DataFrame({"confidence": confidence, "right": right, "best": list(best), "source": list(sources)})
    enough = [of_source for _, of_source in frame.groupby("source") if len(of_source) >= _ENOUGH_PHOTOS]
    if not enough:
        return {}
    hardest = min(enough, key=lambda of_source: float(of_source["right"].mean()))
    grid = np.arange(params.min_answer, _NEVER_REACHED, 0.005).round(3)
    prior = np.array([_precision(hardest, threshold) for threshold in grid])
    found = {}
    for class_id, named in frame.groupby("best"):
        counted = [(int(kept.sum()), len(kept)) for kept in (named["right"][named["confidence"] >= t] for t in grid)]
        rights, answers = np.array(counted, dtype=float).T
        expected = (rights + params.prior_photos * prior) / (answers + params.prior_photos)
        reached = grid[expected >= params.answer_precision]
        found[str(class_id)] = float(reached[0]) if len(reached) else _NEVER_REACHED
    return found


def _precision(frame: pd.DataFrame, threshold: float) -> float:
    """As of the surest photo, where none is as sure as that: no evidence is no reason to expect better."""
    kept = frame["right"][frame["confidence"] >= min(threshold, frame["confidence"].max())]
    return float(kept.mean())


def confidence_bands(
    confidence: npt.NDArray[np.float32],
    right: npt.NDArray[np.bool_],
    sources: Sequence[str],
    *,
    edges: Sequence[float],
) -> tuple[ConfidenceBand, ...]:
    """Right answers per band of confidence, of the source that fared worst in it.

    Only of what is answered: where a class has a threshold of its own, most photos of a low band may get no answer.

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
        confidence[asked],
        right[asked],
        list(photos["source"][asked]),
        precision=params.answer_precision,
        least=params.min_answer,
    )
    per_class = fit_class_thresholds(
        confidence[asked], right[asked], list(best[asked]), list(photos["source"][asked]), params=params
    )
    answered = asked & (confidence >= np.array([per_class.get(str(one), threshold) for one in best]))
    # A quarter each, so that both limits together cost half of what may be lost.
    lost = params.lost_good_photos / 4
    crop_photos = photos[is_crop]
    return DecisionRules(
        thresholds=Thresholds(
            answer=threshold,
            per_class=per_class,
            reject=round(reject, 3),
            coarse=params.coarse_threshold,
        ),
        hint_factor=params.hint_factor,
        second_look=params.second_look,
        quality=QualityLimits(
            min_side_px=params.min_side_px,
            min_luminance=round(float(crop_photos["luminance"].quantile(lost)), 1),
            min_sharpness=round(float(crop_photos["sharpness"].quantile(lost)), 1),
        ),
        confidence_bands=confidence_bands(
            confidence[answered], right[answered], list(photos["source"][answered]), edges=params.band_edges
        ),
    )


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


def calibrate(model: onnx.ModelProto, class_ids: list[str], photos: pd.DataFrame, params: CalibrateParams) -> Bundle:
    """Fit everything and put the bundle together.

    Args:
        model: A wrapped graph at temperature 1; gets its temperature.
        class_ids: In output order.
        photos: Validation photos from the field.
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
    first, second = both_looks(plain, list(known["photo"]), rule=params.second_look, title="calibrate")
    truth = np.array([first.class_ids.index(class_id) for class_id in known["class_id"]], dtype=np.int64)

    def beliefs_at(temperature: float) -> npt.NDArray[np.float32]:
        return after_second_look(
            first.probabilities, second.probabilities, temperature=temperature, rule=params.second_look
        )

    temperature = round(fit_temperature(beliefs_at, truth), 4)
    answers = Answers(first.class_ids, beliefs_at(temperature))
    rules = fit_rules(answers, known, params)
    set_temperature(model, temperature)
    bundle = assemble(model, class_ids=class_ids, rules=rules, temperature=temperature, date=date)
    metrics = validation_metrics(bundle, answers, known)
    return replace(bundle, manifest=bundle.manifest.model_copy(update={"metrics": metrics}))


def main() -> None:
    """Run the stage."""
    val = read_splits("val")
    class_ids: list[str] = json.loads(CLASSES_FILE.read_text(encoding="utf-8"))
    # Labels that their source's own description doubts teach something, but measure nothing.
    field = val[val["setting"].isin(FIELD_SETTINGS) & (val["doubt"] == "")].reset_index(drop=True)
    bundle = calibrate(load(INT8_FILE), class_ids, field, read_params().calibrate)
    write_bundle(bundle, CANDIDATE_DIR)
    print(f"calibrate: bundle {bundle.manifest.version}, sha256 {sha256_hex(bundle.model)[:12]}")
    print(bundle.manifest.rules.model_dump_json(indent=2))
    print(dict(bundle.manifest.metrics))


if __name__ == "__main__":
    main()
