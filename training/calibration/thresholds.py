"""Decision rules from calibrated answers on field photos: thresholds, limits of quality, and bands of confidence."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
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
        quality=QualityLimits(
            min_side_px=params.min_side_px,
            min_luminance=round(float(crop_photos["luminance"].quantile(lost)), 1),
            min_sharpness=round(float(crop_photos["sharpness"].quantile(lost)), 1),
        ),
        confidence_bands=confidence_bands(
            confidence[answered], right[answered], list(photos["source"][answered]), edges=params.band_edges
        ),
    )
