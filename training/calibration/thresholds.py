"""Decision rules from calibrated answers: thresholds, limits of quality, the weight of a named crop, and bands.

What is promised has to hold in a field never seen. So everything that a promise rests on is fitted to answers about
places that the answering network was trained without (:mod:`training.places`), and the hardest place decides. Where
there are none, the sources of the validation photos stand in, and promise too much.

Conditions that were learned from laboratory photos alone are judged apart: a network that knows a crop only from plain
backgrounds is mostly wrong about it in the field, and as sure as elsewhere. What holds for the others says nothing of
them.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.decision.rules import share_at_least
from majani.image.quality import QualityLimits
from majani.model.bundle import ConfidenceBand, DecisionRules, Situation, SituationRules, Thresholds
from majani.taxonomy import REJECT_CLASSES, Kind
from training.calibration.probabilities import Answers
from training.calibration.situations import Place, case_table
from training.settings import CalibrateParams

# A place with fewer cases cannot tell a good threshold from luck.
_ENOUGH_CASES = 50
# Where no threshold is enough, nothing is named.
_NEVER = 1.0
_STEP = 0.005
# A band with fewer answers makes no promise worth saying.
_ENOUGH_ANSWERS = 20
_HINT_FACTORS = (0.3, 0.1, 0.03, 0.01, 0.003)


def fit_answer_threshold(cases: pd.DataFrame, *, precision: float, least: float) -> float:
    """The lowest threshold from which the answers of every place are right often enough.

    The lower 95 % bound of the share has to reach the precision, in the hardest place with enough cases. If there is no
    such place, nothing is.

    Args:
        cases: One row a case, see :func:`training.calibration.situations.case_table`; likewise in all functions here.
        precision: Share of right answers wanted.
        least: No lower threshold than this.
    """
    thresholds = [
        _safe_from(of_place, precision) for _, of_place in cases.groupby("source") if len(of_place) >= _ENOUGH_CASES
    ]
    return max([least, *thresholds] if thresholds else [_NEVER])


def _safe_from(of_place: pd.DataFrame, precision: float) -> float:
    ordered = of_place.sort_values("confidence", ascending=False)
    # Photos of one leaf stand or fall together: each counts as much as its share of the leaves.
    leaves = np.cumsum(~ordered["group"].duplicated().to_numpy(), dtype=np.float64)
    share = ordered["right"].cumsum().to_numpy() / np.arange(1, len(ordered) + 1)
    bounds = [share_at_least(right, trials) for right, trials in zip(share * leaves, leaves, strict=True)]
    reached = np.array(bounds) >= precision
    # A threshold cannot pass between answers of one confidence: only the last of them counts.
    reached &= ~ordered["confidence"].duplicated(keep="last").to_numpy()
    if reached[-1]:
        # A place where all answers may be given asks for no threshold.
        return 0.0
    return float(ordered["confidence"].to_numpy()[reached].min()) if reached.any() else _NEVER


def fit_class_thresholds(
    cases: pd.DataFrame, answer: float, class_ids: Sequence[str], params: CalibrateParams
) -> dict[str, float]:
    """Thresholds of classes that need more than all together: of crops that fare worse elsewhere, and of "healthy".

    A crop has few cases, so its counts are joined by ``prior_photos`` more that behave like all answers together. No
    class gets a lower threshold than all together, and "healthy" none below the diseases of its crop.
    """
    grid = np.array([answer, *np.arange(answer + _STEP, 1, _STEP).round(3), _NEVER])
    prior = np.array([_precision(cases, threshold) for threshold in grid])

    def own(these: pd.DataFrame) -> float:
        answered = these["confidence"].to_numpy() >= grid[:, None]
        right = (answered & these["right"].to_numpy(dtype=bool)).sum(axis=1)
        expected = (right + params.prior_photos * prior) / (answered.sum(axis=1) + params.prior_photos)
        reached = grid[expected >= params.answer_precision]
        return float(reached[0]) if len(reached) else _NEVER

    healthy = own(cases[_is_healthy(cases["best"])])
    of_crop = {str(crop): own(these) for crop, these in cases.groupby(cases["best"].str.split(".").str[0])}
    least = {
        class_id: max(of_crop.get(class_id.partition(".")[0], answer), healthy if healthy_one else answer)
        for class_id, healthy_one in zip(class_ids, _is_healthy(pd.Series(class_ids, dtype=str)), strict=True)
    }
    return {class_id: threshold for class_id, threshold in least.items() if threshold > answer}


def _is_healthy(class_ids: "pd.Series[str]") -> "pd.Series[bool]":
    return class_ids.str.endswith(f".{Kind.HEALTHY.value}")


def _precision(answers: pd.DataFrame, threshold: float) -> float:
    """Share right above a threshold; above the highest confidence that of the surest case, for lack of evidence."""
    reached = answers["confidence"] >= min(threshold, answers["confidence"].max())
    return float(answers["right"][reached].mean())


def confidence_bands(answered: pd.DataFrame, *, edges: Sequence[float]) -> tuple[ConfidenceBand, ...]:
    """Right answers per band of confidence, in the place with the lowest bound of their share.

    Only answered cases count. A band in which no place has enough answers joins the one below. ``edges`` are lower
    ones, rising.
    """
    bands: list[ConfidenceBand] = []
    upper = np.inf
    for lower in reversed(edges):
        inside = answered[(answered["confidence"] >= lower) & (answered["confidence"] < upper)]
        by_place = inside.groupby("source")["right"]
        counts = [(int(right.sum()), len(right)) for _, right in by_place if len(right) >= _ENOUGH_ANSWERS]
        if counts:
            right, answers = min(counts, key=lambda count: share_at_least(*count))
            bands.append(ConfidenceBand(min_probability=lower, right=right, answered=answers))
            upper = lower
    return tuple(reversed(bands))


def fit_hint_factor(places: Sequence[Place], *, seed: int) -> float:
    """The weight of other crops once one is named: the gentlest that is no worse than the best by a standard error.

    Counted is how often the likeliest condition is right. Two in a hundred senders name a wrong crop, so none is ruled
    out, and of weights that do the same the one is safest that leaves other crops most.
    """
    right: dict[float, npt.NDArray[np.float64]] = {}
    for factor in _HINT_FACTORS:
        tables = [_table(place, Situation.CROP_NAMED, factor, seed) for place in places]
        cases = pd.concat(tables, ignore_index=True)
        right[factor] = cases.loc[~cases["lab_only"], "right"].to_numpy(dtype=np.float64)
    if not any(map(len, right.values())):
        return max(_HINT_FACTORS)
    best = max(right.values(), key=lambda one: float(one.mean()))
    enough = best.mean() - best.std() / math.sqrt(len(best))
    return max(factor for factor, one in right.items() if one.mean() >= enough)


def _alone(class_ids: Sequence[str]) -> frozenset[str]:
    """Conditions that are the only one of their crop."""
    crops = [class_id.partition(".")[0] for class_id in class_ids]
    return frozenset(one for one, crop in zip(class_ids, crops, strict=True) if crops.count(crop) == 1)


def _table(place: Place, situation: Situation | None, hint_factor: float, seed: int) -> pd.DataFrame:
    cases = case_table(place, situation, hint_factor=hint_factor, seed=seed)
    if situation is not None and situation.names_crop:
        # Of a crop with one condition, which is then the only answer, every answer is right.
        cases = cases[~cases["truth"].isin(_alone(place.answers.class_ids))]
    in_lab = {name: cases[name].isin(place.lab_only) for name in ("truth", "best")}
    # What names a condition of the other kind is answered by the other kind's threshold.
    return cases.assign(lab_only=in_lab["truth"])[in_lab["truth"] == in_lab["best"]]


def _fit_situation(  # noqa: PLR0913 - each is fitted or chosen apart
    places: Sequence[Place],
    situation: Situation | None,
    class_ids: Sequence[str],
    lab_only: frozenset[str],
    *,
    hint_factor: float,
    reject: float,
    least: float,
    params: CalibrateParams,
) -> SituationRules:
    """Thresholds and bands of one situation; no threshold is lower than ``least``."""
    tables = [_table(place, situation, hint_factor, params.seed) for place in places]
    cases = pd.concat(tables, ignore_index=True)
    cases = cases[cases["rejected"] < reject]
    in_field = cases[~cases["lab_only"]]
    answer = fit_answer_threshold(in_field, precision=params.answer_precision, least=least)
    from_field = [class_id for class_id in class_ids if class_id not in lab_only]
    per_class = fit_class_thresholds(in_field, answer, from_field, params) if len(in_field) else {}
    in_lab = fit_answer_threshold(cases[cases["lab_only"]], precision=params.answer_precision, least=answer)
    answered = in_field[in_field["confidence"] >= in_field["best"].map(per_class).fillna(answer).astype(np.float64)]
    never = _alone(class_ids) if situation is not None and situation.names_crop else frozenset()
    return SituationRules(
        answer=answer,
        per_class={
            **per_class,
            **dict.fromkeys(sorted(lab_only & set(class_ids)), in_lab),
            **dict.fromkeys(sorted(never), _NEVER),
        },
        confidence_bands=confidence_bands(answered, edges=params.band_edges),
    )


def fit_situations(
    places: Sequence[Place],
    class_ids: Sequence[str],
    lab_only: frozenset[str],
    *,
    hint_factor: float,
    reject: float,
    params: CalibrateParams,
) -> dict[Situation | None, SituationRules]:
    """Thresholds and bands of every situation.

    A named crop makes every probability of that crop higher, so it never needs less of it than without.

    Args:
        places: What to fit to.
        class_ids: Conditions that the rules are for.
        lab_only: Those of them that were learned from laboratory photos alone.
        hint_factor: Of the rules.
        reject: Likewise, among the thresholds.
        params: Settings.
    """
    fitted: dict[Situation | None, SituationRules] = {}
    for situation, without in (
        (None, None),
        (Situation.CROP_NAMED, None),
        (Situation.SEVERAL_PHOTOS, None),
        (Situation.CROP_NAMED_SEVERAL_PHOTOS, Situation.SEVERAL_PHOTOS),
    ):
        names_crop = situation is not None and situation.names_crop
        fitted[situation] = _fit_situation(
            places,
            situation,
            class_ids,
            lab_only,
            hint_factor=hint_factor,
            reject=reject,
            least=fitted[without].answer if names_crop else params.min_answer,
            params=params,
        )
    return fitted


def fit_rules(
    answers: Answers,
    photos: pd.DataFrame,
    places: Sequence[Place],
    params: CalibrateParams,
    *,
    lab_only: frozenset[str] = frozenset(),
) -> DecisionRules:
    """All decision rules.

    Args:
        answers: To validation photos from the field, at the final temperature.
        photos: These photos, the index counting from 0.
        places: Answers about places left out; if there are none, the sources of ``photos`` stand in.
        params: Settings.
        lab_only: Conditions that were learned from laboratory photos alone.
    """
    is_crop = ~photos["class_id"].isin(REJECT_CLASSES).to_numpy()
    rejected = answers.probabilities[:, -len(REJECT_CLASSES) :].sum(axis=1)
    # Below one half a condition would still be more likely than all rejects together.
    reject = round(max(0.5, float(np.quantile(rejected[is_crop], 1 - params.lost_good_photos))), 3)
    if not places:
        places, lab_only = _sources(answers, photos), frozenset()
    conditions = answers.class_ids[: -len(REJECT_CLASSES)]
    hint_factor = fit_hint_factor(places, seed=params.seed)
    fitted = fit_situations(places, conditions, lab_only, hint_factor=hint_factor, reject=reject, params=params)
    plain = fitted.pop(None)
    # A quarter each, so that both limits together cost half of what may be lost.
    lost = params.lost_good_photos / 4
    crop_photos = photos[is_crop]
    return DecisionRules(
        thresholds=Thresholds(
            answer=plain.answer, per_class=plain.per_class, reject=reject, coarse=params.coarse_threshold
        ),
        hint_factor=hint_factor,
        quality=QualityLimits(
            min_side_px=params.min_side_px,
            min_luminance=round(float(crop_photos["luminance"].quantile(lost)), 1),
            min_sharpness=round(float(crop_photos["sharpness"].quantile(lost)), 1),
        ),
        confidence_bands=plain.confidence_bands,
        situations={situation: rules for situation, rules in fitted.items() if situation is not None},
    )


def _sources(answers: Answers, photos: pd.DataFrame) -> list[Place]:
    sound = photos[~photos["class_id"].isin(REJECT_CLASSES)]
    return [
        Place(
            str(source), replace(answers, probabilities=answers.probabilities[rows.index]), rows.reset_index(drop=True)
        )
        for source, rows in sound.groupby("source")
    ]
