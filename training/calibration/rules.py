"""All decision rules of a bundle: its calibrated numbers, what a named crop does, and what is sent back."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from majani.image.quality import QualityLimits
from majani.model.grading import Grading
from majani.model.head import Answers
from majani.model.rules import DecisionRules, general_grading
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.files import is_healthy
from training.calibration.graded import fit_grading, graded_cases, healthy_from, once_named
from training.calibration.situations import Place
from training.settings import CalibrateParams

# From the gentlest; people mistake crops, so none is ruled out.
_FACTORS = (0.3, 0.1, 0.03, 0.01, 0.003)
# Never is "healthy" most likely below the first number, and below the second where fewer places vouch for the crop: of
# places left out, 0.3 % of sick leaves get it then, 4 % at the worst; of an untaught condition 13 % (grape black rot).
_LEAST_HEALTHY, _LEAST_OF_FEW, _FEW_PLACES = 0.86, 0.90, 3
# Limits of the bundle of December 2026, for so few photos that none may be lost: those of a bright day refuse others.
_GENERAL = {"luminance": 60.4, "sharpness": 26.6}


def fit_rules(
    answers: Answers, photos: pd.DataFrame, places: Sequence[Place], params: CalibrateParams
) -> DecisionRules:
    """All decision rules.

    Args:
        answers: To validation photos from the field, at the final temperature.
        photos: These photos, the index counting from 0.
        places: Answers about places left out, also about unknown conditions and crops. Without known conditions among
            them, the general numbers stand in.
        params: Settings.
    """
    is_crop = ~photos["class_id"].isin(REJECT_CLASSES).to_numpy()
    rejected = answers.probabilities[:, -len(REJECT_CLASSES) :].sum(axis=1)
    # Below one half a condition would still be more likely than all rejects together.
    reject = round(max(0.5, float(np.quantile(rejected[is_crop], 1 - params.lost_good_photos))), 3)
    # A quarter each, so that both limits together cost half of what may be lost.
    lost = params.lost_good_photos / 4
    crop_photos = photos[is_crop]
    known = {name: round(float(crop_photos[name].quantile(lost)), 1) for name in _GENERAL}
    if lost * len(crop_photos) < 1:
        known = {name: min(limit, _GENERAL[name]) for name, limit in known.items()}
    quality = QualityLimits(min_side_px=params.min_side_px, **{f"min_{name}": limit for name, limit in known.items()})
    return rules_from(cases_of(places), cases_of(by_source(answers, photos)), params, reject=reject, quality=quality)


def rules_from(
    away: pd.DataFrame, home: pd.DataFrame, params: CalibrateParams, *, reject: float, quality: QualityLimits
) -> DecisionRules:
    """The rules that cases of places left out tell, and of sick leaves validation photos of ``home`` as well."""
    has_known = bool((away["rank"] <= away["conditions"]).any())
    grading = fit_grading(away, reject=reject) if has_known else general_grading()
    other_crops, unknown_plant = fit_hint(away if has_known else home, reject=reject, params=params)
    return DecisionRules(
        grading=grading.model_copy(update={"healthy": fit_healthy([away, home], grading)}),
        reject=reject,
        shows=params.shows,
        hint_factor=other_crops,
        unknown_plant_factor=unknown_plant,
        quality=quality,
    )


def cases_of(places: Sequence[Place]) -> pd.DataFrame:
    """The cases of all places, of one photo each; see :func:`training.calibration.graded.graded_cases`."""
    tables = [graded_cases(place) for place in places]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame({"rank": [], "conditions": []})


def by_source(answers: Answers, photos: pd.DataFrame) -> list[Place]:
    """Photos of crops as a place for each source; their index counts from 0."""
    sound = photos[~photos["class_id"].isin(REJECT_CLASSES)]
    return [
        Place(
            str(source), replace(answers, probabilities=answers.probabilities[rows.index]), rows.reset_index(drop=True)
        )
        for source, rows in sound.groupby("source")
    ]


def fit_hint(cases: pd.DataFrame, *, reject: float, params: CalibrateParams) -> tuple[float, float]:
    """What a named crop does to other crops, and to the unknown plant.

    The gentlest factors with which of leaves whose crop is rightly named hardly any is held for another crop, and then
    hardly any refused: the mean over fields is at most ``lost_named``. A sender can be wrong about the crop, and a
    gentle factor leaves most to the photos. Leaves of what was learned in the laboratory alone are strangers.
    """
    known = cases[(cases["rank"] <= cases["conditions"]) & (cases["conditions"] > 1) & ~cases["lab_only"]]

    def is_gentle(masses: "pd.Series[float]", limit: float) -> bool:
        return bool((masses >= limit).groupby(known["field"]).mean().mean() <= params.lost_named)

    if known.empty:
        return _FACTORS[0], 1.0
    of_others = (one for one in _FACTORS if is_gentle(once_named(known, one, 1.0)[1], params.shows))
    other_crops = next(of_others, _FACTORS[-1])
    of_unknown = (one for one in (1.0, *_FACTORS) if is_gentle(once_named(known, other_crops, one)[0], reject))
    return other_crops, next(of_unknown, _FACTORS[-1])


def fit_healthy(tables: Sequence[pd.DataFrame], grading: Grading) -> dict[str, float]:
    """By crop, the least number from which "healthy" may be most likely; see :func:`healthy_from`.

    With the crop named; each place with enough sick leaves, known conditions or not, counts by its own share, and the
    worst decides; few of them may be kind ones. Without such a place nothing vouches for the crop.
    """
    cases = pd.concat([table for table in tables if len(table)] or [pd.DataFrame()], ignore_index=True)
    found: dict[str, float] = {}
    several = cases[(cases["conditions"] > 1) & cases["healthy"].notna()] if len(cases) else cases
    sick = several[~is_healthy(several["truth"])] if len(several) else several
    for crop, of_crop in sick.groupby("crop") if len(sick) else ():
        found_at = (healthy_from(grading.lists[0], of) for _, of in of_crop.groupby("field"))
        told = [least for least in found_at if least is not None]
        if not told:
            continue
        needed = max(_LEAST_OF_FEW if len(told) < _FEW_PLACES else _LEAST_HEALTHY, *told)
        conditions = int(of_crop["conditions"].iloc[0])
        if needed <= grading.lists[0].probability(1.0, str(crop), healthy=True, conditions=conditions):
            found[str(crop)] = needed
    return found
