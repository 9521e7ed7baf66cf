"""Decision rules from calibrated answers on field photos: thresholds, limits of quality, and bands of confidence."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from majani.image.quality import QualityLimits
from majani.model.bundle import ConfidenceBand, DecisionRules, Thresholds
from majani.taxonomy import REJECT_CLASSES
from training.calibration.probabilities import Answers
from training.settings import CalibrateParams

# A source with fewer validation photos cannot tell a good threshold from luck.
_ENOUGH_PHOTOS = 50
# Where no threshold is enough, only near certainty is answered.
_NEVER_REACHED = 0.99
# A band with fewer answers makes no promise worth saying.
_ENOUGH_ANSWERS = 20


def fit_answer_threshold(answers: pd.DataFrame, *, precision: float, least: float) -> float:
    """The lowest threshold from which every source with enough photos is answered right often enough.

    The strictest source decides, so that easy photos of one crop do not pay for wrong answers about another. If no
    source has enough photos, only near certainty is answered.

    Args:
        answers: One row per photo of a crop: ``confidence`` in the ``best`` condition, whether that is ``right``, and
            ``source``; the same table for all functions here.
        precision: Share of right answers wanted.
        least: No lower threshold than this.
    """
    thresholds: list[float] = []
    for _, of_source in answers.groupby("source"):
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


def fit_class_thresholds(answers: pd.DataFrame, params: CalibrateParams) -> dict[str, float]:
    """Each class's own threshold: the lowest from which answers that name it are right often enough.

    A class has few validation photos, so its counts are joined by ``prior_photos`` more that behave like those of the
    hardest source: the fewer photos a class has, the nearer its threshold stays to what that source needs.
    """
    enough = [of_source for _, of_source in answers.groupby("source") if len(of_source) >= _ENOUGH_PHOTOS]
    if not enough:
        return {}
    hardest = min(enough, key=lambda of_source: float(of_source["right"].mean()))
    grid = np.arange(params.min_answer, _NEVER_REACHED, 0.005).round(3)
    prior = np.array([_precision(hardest, threshold) for threshold in grid])
    thresholds = {}
    for class_id, of_class in answers.groupby("best"):
        answered = of_class["confidence"].to_numpy() >= grid[:, None]
        right = (answered & of_class["right"].to_numpy(dtype=bool)).sum(axis=1)
        expected = (right + params.prior_photos * prior) / (answered.sum(axis=1) + params.prior_photos)
        reached = grid[expected >= params.answer_precision]
        thresholds[str(class_id)] = float(reached[0]) if len(reached) else _NEVER_REACHED
    return thresholds


def _precision(answers: pd.DataFrame, threshold: float) -> float:
    """Share right above a threshold; above the highest confidence that of the surest photo, for lack of evidence."""
    reached = answers["confidence"] >= min(threshold, answers["confidence"].max())
    return float(answers["right"][reached].mean())


def confidence_bands(answered: pd.DataFrame, *, edges: Sequence[float]) -> tuple[ConfidenceBand, ...]:
    """Right answers per band of confidence, from the source with the lowest share of them.

    Only answered photos count. The next farmer's field may be like the hardest source, so the promise in words is
    that source's. A band in which no source has enough answers joins the one below. ``edges`` are lower ones, rising.
    """
    bands: list[ConfidenceBand] = []
    upper = np.inf
    for lower in reversed(edges):
        inside = answered[(answered["confidence"] >= lower) & (answered["confidence"] < upper)]
        by_source = inside.groupby("source")["right"]
        counts = [(int(right.sum()), len(right)) for _, right in by_source if len(right) >= _ENOUGH_ANSWERS]
        if counts:
            right, answers = min(counts, key=lambda count: count[0] / count[1])
            bands.append(ConfidenceBand(min_probability=lower, right=right, answered=answers))
            upper = lower
    return tuple(reversed(bands))


def fit_rules(answers: Answers, photos: pd.DataFrame, params: CalibrateParams) -> DecisionRules:
    """All decision rules, from answers to validation photos from the field, at the final temperature."""
    is_crop = ~photos["class_id"].isin(REJECT_CLASSES).to_numpy()
    conditions = answers.probabilities[:, : -len(REJECT_CLASSES)]
    best = np.array(answers.class_ids)[conditions.argmax(axis=1)]
    table = pd.DataFrame({"confidence": conditions.max(axis=1), "best": best, "source": list(photos["source"])})
    table["right"] = best == photos["class_id"].to_numpy()
    rejected = answers.probabilities[:, -len(REJECT_CLASSES) :].sum(axis=1)
    # Below one half a condition would still be more likely than all rejects together.
    reject = max(0.5, float(np.quantile(rejected[is_crop], 1 - params.lost_good_photos)))
    table = table[is_crop & (rejected < reject)]
    threshold = fit_answer_threshold(table, precision=params.answer_precision, least=params.min_answer)
    per_class = fit_class_thresholds(table, params)
    answered = table[table["confidence"] >= table["best"].map(per_class).fillna(threshold).astype(np.float64)]
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
        quality=QualityLimits(
            min_side_px=params.min_side_px,
            min_luminance=round(float(crop_photos["luminance"].quantile(lost)), 1),
            min_sharpness=round(float(crop_photos["sharpness"].quantile(lost)), 1),
        ),
        confidence_bands=confidence_bands(answered, edges=params.band_edges),
    )
