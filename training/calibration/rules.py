"""All decision rules of a bundle, fitted one after another: what is named, then what is said where nothing is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from majani.image.quality import QualityLimits
from majani.model.bundle import DecisionRules, SetRule, Situation, SituationRules, Thresholds
from majani.model.head import Answers
from majani.taxonomy import REJECT_CLASSES
from training.calibration.coarse import coarse_cases, fit_coarse
from training.calibration.sets import fit_sets, set_cases
from training.calibration.situations import ONE_PHOTO, Hint, Place
from training.calibration.thresholds import fit_hint, fit_situations
from training.settings import CalibrateParams


def fit_everything(
    places: Sequence[Place],
    class_ids: Sequence[str],
    lab_only: frozenset[str],
    *,
    hint: Hint,
    reject: float,
    params: CalibrateParams,
) -> dict[Situation | None, SituationRules]:
    """Thresholds, bands, sets and coarser statements of every situation; see :func:`fit_situations`.

    Places may show crops that their networks do not know: these tell how seldom anything is said of such.
    """
    of_crops = [place for place in places if place.knows_crop] or list(places)
    found = fit_situations(of_crops, class_ids, lab_only, hint=hint, reject=reject, params=params)
    for situation, rules in found.items():
        asked = of_crops if situation is not None and situation.names_crop else places
        tables = [
            coarse_cases(place, situation, hint=hint, reject=reject, threshold=rules.threshold, seed=params.seed)
            for place in asked
        ]
        coarse = fit_coarse(pd.concat(tables, ignore_index=True), params)
        sets: Mapping[str, SetRule] = {}
        if situation is not None and situation.names_crop:
            cases = set_cases(of_crops, situation, hint=hint, reject=reject, threshold=rules.threshold, params=params)
            # Few crops are shown in several photos of one plant.
            sets = {**(found[ONE_PHOTO[situation]].sets if situation in ONE_PHOTO else {}), **fit_sets(cases, params)}
        found[situation] = rules.model_copy(update={"coarse": coarse, "sets": sets})
    return found


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
        places: Answers about places left out, also about unknown conditions and crops; if there are none, the sources
            of ``photos`` stand in for thresholds, and neither sets nor levels of coarser statements are proved.
        params: Settings.
        lab_only: Conditions that were learned from laboratory photos alone.
    """
    is_crop = ~photos["class_id"].isin(REJECT_CLASSES).to_numpy()
    rejected = answers.probabilities[:, -len(REJECT_CLASSES) :].sum(axis=1)
    # Below one half a condition would still be more likely than all rejects together.
    reject = round(max(0.5, float(np.quantile(rejected[is_crop], 1 - params.lost_good_photos))), 3)
    conditions = answers.class_ids[: -len(REJECT_CLASSES)]
    has_places = len(places) > 0
    places = places or _sources(answers, photos)
    hint = fit_hint(places, reject=reject, params=params)
    fit = fit_everything if has_places else fit_situations
    fitted = fit(places, conditions, lab_only, hint=hint, reject=reject, params=params)
    if not has_places:
        fitted = {situation: rules.model_copy(update={"confidence_bands": ()}) for situation, rules in fitted.items()}
    plain = fitted.pop(None)
    # A quarter each, so that both limits together cost half of what may be lost.
    lost = params.lost_good_photos / 4
    crop_photos = photos[is_crop]
    return DecisionRules(
        thresholds=Thresholds(
            answer=plain.answer, per_class=plain.per_class, reject=reject, coarse=params.coarse_threshold
        ),
        hint_factor=hint.other_crops,
        unknown_plant_factor=hint.unknown_plant,
        quality=QualityLimits(
            min_side_px=params.min_side_px,
            min_luminance=round(float(crop_photos["luminance"].quantile(lost)), 1),
            min_sharpness=round(float(crop_photos["sharpness"].quantile(lost)), 1),
        ),
        confidence_bands=plain.confidence_bands,
        coarse=plain.coarse,
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
