"""Decision rules from calibrated answers: thresholds, limits of quality, the weight of a named crop, and bands.

What is promised has to hold in a field never seen. So everything that a promise rests on is fitted to answers about
places that were left out (:mod:`training.places`). For all crops together, how fields differ decides
(:mod:`training.calibration.next_field`); a crop is named where its own places bear it out: a hard place silences its
own crops, and no other. A crop without such a place is one more field like all others. Where there are no places, the
sources of the validation photos stand in for thresholds, and nothing is promised.

Conditions that were learned from laboratory photos alone are judged apart: a network that knows a crop only from plain
backgrounds is mostly wrong about it in the field, and as sure as elsewhere. What holds for the others says nothing of
them.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.decision.rules import share_at_least
from majani.model.bundle import ConfidenceBand, Situation, SituationRules
from majani.taxonomy import HEALTHY, Action
from training.artifacts.files import is_healthy
from training.calibration.decision_cost import break_even
from training.calibration.next_field import (
    FIELDS,
    CropFields,
    Floats,
    chance_to_reach,
    next_field_at_least,
    right_at_least,
)
from training.calibration.situations import KEPT_TABLES, ONE_PHOTO, Hint, Place, case_table
from training.settings import CalibrateParams

# A place with fewer cases cannot tell a good threshold from luck.
ENOUGH_CASES = 50
# Where no threshold is enough, nothing is named.
NEVER = 1.0
# Numbers of answers between which to choose; a finer choice would only find more luck.
_CHOICES = 150
# A band with fewer answers makes no promise worth saying.
_ENOUGH_ANSWERS = 20
# Of leaves with a condition that nobody has learned, so many may be named: as a mean of all fields, and of any crop.
UNKNOWN_NAMED = 0.03
_OF_ANY_CROP = (0.1, 0.08, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01, 0.0)

Bools = npt.NDArray[np.bool_]
_HINT_FACTORS = (0.3, 0.1, 0.03, 0.01, 0.003)


def fit_answer_threshold(cases: pd.DataFrame, *, precision: float, least: float) -> float:
    """The lowest threshold from which answers are right often enough in the next field.

    It has to reach the precision with a chance of ``FIELDS``, by how the fields seen differ. A mean over all answers
    would hold in half of the fields. Without a place with enough cases, nothing is enough.

    Args:
        cases: One row a case, see :func:`training.calibration.situations.case_table`; likewise in all functions here.
        precision: Share of right answers wanted.
        least: No lower threshold than this.
    """
    if not is_enough(cases):
        return NEVER
    choices = _choices(cases)
    of_fields = field_counts(cases, choices).T
    enough = np.array([chance_to_reach(right, leaves, precision) >= FIELDS for right, leaves in of_fields])
    return max(least, _lowest(choices, enough))


def is_enough(cases: pd.DataFrame) -> bool:
    """Whether a place has enough cases to tell a good threshold from luck."""
    return not cases.empty and bool(cases["source"].value_counts().max() >= ENOUGH_CASES)


def fit_own_threshold(
    own: pd.DataFrame, cases: pd.DataFrame, answer: float, *, precision: float, prior_photos: float
) -> float:
    """The lowest threshold, from ``answer`` on, from which some of all cases are right often enough.

    They are few, so their counts are joined by ``prior_photos`` more that are as those of all cases together.
    """
    if own.empty or not cases["known"].any():
        return answer
    choices = np.unique([answer, *(choice for choice in _choices(own) if choice > answer)])
    (right, answered), (all_right, all_answered) = (
        field_counts(these, choices).sum(axis=0) for these in (own, cases[cases["known"]])
    )
    joined = right + prior_photos * all_right / np.maximum(all_answered, 1)
    return max(answer, _lowest(choices, joined / (answered + prior_photos) >= precision))


def fit_crop_threshold(crop: str, cases: pd.DataFrame, params: CalibrateParams) -> float:
    """The lowest threshold from which answers of a crop are right often enough in its next field.

    Walked down from the highest that its fields bear out; ``cases`` are of known conditions.
    """
    choices = _choices(cases[cases["crop"] == crop])
    crops = np.array([crop for (_, crop), _ in cases.groupby(["field", "crop"])], dtype=np.str_)
    right, answered = field_counts(cases, choices).swapaxes(0, 1)
    fields, found = CropFields(crops, right, answered, len(crops)), NEVER
    for at in range(len(choices) - 1, -1, -1):
        if fields.tell(crop, at) and fields.reach(crop, at, params.answer_precision):
            # Where all answers may be given, no threshold is asked for.
            found = float(choices[at]) if at else 0.0
        elif found < NEVER:
            break
    return max(params.min_answer, found)


def _named_unknown(unknown: pd.DataFrame) -> tuple[Floats, Floats]:
    """Rising thresholds, and the share that is named from each on of leaves that nobody has learned, by field."""
    if unknown.empty:
        return np.zeros(1), np.zeros(1)
    choices = np.append(_choices(unknown), NEVER)
    named = [
        (of_field["confidence"].to_numpy()[:, None] >= choices).mean(axis=0)
        for _, of_field in unknown.groupby(["field", "crop"])
    ]
    return choices, np.mean(named, axis=0)


def _choices(cases: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Rising thresholds to choose from, closer together where answers are surest."""
    falling = np.sort(cases["confidence"].to_numpy())[::-1]
    return np.unique(falling[np.geomspace(1, len(falling), _CHOICES).round().astype(np.int64) - 1])


def _lowest(choices: Floats, enough: Bools) -> float:
    # Where all answers may be given, no threshold is asked for.
    return 0.0 if enough[0] else float(min(choices[enough], default=NEVER))


def _counts(cases: pd.DataFrame, thresholds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """``(2, T)`` right answers from each threshold on, and all; photos of one leaf, which fall together, are one."""
    order = np.argsort(-cases["confidence"].to_numpy(), kind="stable")
    answers = np.searchsorted(-cases["confidence"].to_numpy()[order], -thresholds, side="right")
    _, first = np.unique(cases["group"].to_numpy()[order], return_index=True)
    leaves = np.searchsorted(np.sort(first), answers)
    right = np.append(0, cases["right"].to_numpy()[order].cumsum())[answers]
    return np.array([right / np.maximum(answers, 1) * leaves, leaves], dtype=np.float64)


def field_counts(cases: pd.DataFrame, thresholds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """``(F, 2, T)`` :func:`_counts` of each crop at each place; the mean of the draws of a district, which is one."""
    return np.array(
        [
            np.mean([_counts(of_draw, thresholds) for _, of_draw in of_field.groupby("source")], axis=0)
            for _, of_field in cases.groupby(["field", "crop"])
        ]
    )


def fit_class_thresholds(
    cases: pd.DataFrame,
    answer: float,
    class_ids: Sequence[str],
    params: CalibrateParams,
    *,
    unseen: Callable[[str], float] = lambda _: 0,
) -> dict[str, float]:
    """Thresholds of all conditions: of their crops, and for "healthy" at least what costs no more than silence.

    A crop's answers have to be right often enough in its own places: a hard place silences its own crop, and no other.
    Without a place with enough cases, a condition has ``answer``, and at least the threshold ``unseen``. To leave a
    sick plant alone costs more than to ask, so "healthy" has to be right as often as that takes, among sick leaves of
    conditions that nobody has learned too. Of these, hardly any may be named at all: see ``UNKNOWN_NAMED``.
    """
    nothing = max(params.answer_precision, break_even(Action.NOTHING))
    known, unknown = cases[cases["known"]], cases[~cases["known"]]
    crops = pd.Series(class_ids, dtype=str).groupby(lambda at: class_ids[at].partition(".")[0])
    least: dict[str, float] = {}
    for crop, of_crop in crops:
        if is_enough(known[known["crop"] == crop]):
            own = fit_crop_threshold(str(crop), known, params)
            spared = cases[is_healthy(cases["best"]) & (cases["crop"] == crop)]
            healthy = fit_own_threshold(spared, cases, own, precision=nothing, prior_photos=params.prior_photos)
            least |= {one: healthy if one.endswith(f".{HEALTHY}") else own for one in of_crop}
        else:
            least |= {one: max(answer, unseen(one)) for one in of_crop}
    of_all = _named_unknown(unknown)
    curves = {str(crop): _named_unknown(of_crop) for crop, of_crop in unknown.groupby("crop")}
    for share in _OF_ANY_CROP:
        silences = {
            str(crop): float(choices[named <= share][0])
            for crop, _ in crops
            for choices, named in [curves.get(str(crop), of_all)]
        }
        found = {one: max(least[one], silences[one.partition(".")[0]]) for one in class_ids}
        is_named = unknown["confidence"] >= unknown["best"].map(found).fillna(answer).astype(np.float64)
        if not len(unknown) or is_named.groupby([unknown["field"], unknown["crop"]]).mean().mean() <= UNKNOWN_NAMED:
            break
    return found


def confidence_bands(answered: pd.DataFrame, *, edges: Sequence[float]) -> tuple[ConfidenceBand, ...]:
    """What a farmer in the next field can count on, per band of confidence.

    Only answered cases count. A band in which no place has enough answers joins the one below. ``edges`` are lower
    ones, rising.
    """
    bands: list[ConfidenceBand] = []
    upper = np.inf
    for lower in reversed(edges):
        inside = answered[(answered["confidence"] >= lower) & (answered["confidence"] < upper)]
        if (inside["source"].value_counts() >= _ENOUGH_ANSWERS).any():
            everything = np.array([-np.inf])
            of_fields = field_counts(inside, everything)[..., 0].T
            bound = min(next_field_at_least(*of_fields), hardest_place(inside))
            bands.append(band_that_proves(lower, len(inside), float(inside["right"].mean()), bound))
            upper = lower
    return tuple(reversed(bands))


def hardest_place(answered: pd.DataFrame) -> float:
    """Lower 95 % bound of the share of right answers of the hardest place with enough leaves; 1 if none has them."""
    counts = (_counts(of_place, np.array([-np.inf]))[:, 0] for _, of_place in answered.groupby("source"))
    enough = ((right, leaves) for right, leaves in counts if leaves >= _ENOUGH_ANSWERS)
    return min((float(right_at_least(*one)) for one in enough), default=1.0)


def band_that_proves(lower: float, answers: int, share: float, bound: float) -> ConfidenceBand:
    """So many answers, of which this share is right, as alone would prove the bound (effective sample size)."""
    sizes = np.arange(1, answers + 1)
    proved = ((math.floor(share * size), int(size)) for size in sizes)
    # One wrong answer proves nothing, where the bound is below what one right answer proves.
    right, answered = max(
        (proof for proof in proved if share_at_least(*proof) <= bound),
        key=lambda proof: share_at_least(*proof),
        default=(0, 1),
    )
    return ConfidenceBand(min_probability=lower, right=right, answered=answered)


def fit_hint(places: Sequence[Place], *, reject: float, params: CalibrateParams) -> Hint:
    """What a named crop does to other crops, and to the unknown plant.

    Other crops: the gentlest factor that is no worse than the best by a standard error. Counted is how often the right
    thing is said: the likeliest condition, or to a sender who named another crop, that the photos contradict it. Two in
    a hundred do, so none is ruled out, and of factors that do the same the one is safest that leaves other crops most.

    The unknown plant: the gentlest factor with which known leaves are seldom refused though their crop was named.
    """
    right: dict[float, npt.NDArray[np.float64]] = {}
    for factor in _HINT_FACTORS:
        cases = _known_named(places, Hint(factor, 1, params.coarse_threshold), params)
        is_right = cases["right"].where(~cases["contradicted"], cases["crop"] != cases["named"])
        right[factor] = is_right.to_numpy(dtype=np.float64)
    if not any(map(len, right.values())):
        return Hint(max(_HINT_FACTORS), 1, params.coarse_threshold)
    best = max(right.values(), key=lambda place: float(place.mean()))
    enough = best.mean() - best.std() / math.sqrt(len(best))
    factor = max(factor for factor, share in right.items() if len(share) and share.mean() >= enough)
    for unknown_plant in (1.0, *_HINT_FACTORS):
        hint = Hint(factor, unknown_plant, params.coarse_threshold)
        cases = _known_named(places, hint, params)
        refused = (cases["rejected"] >= reject)[cases["crop"] == cases["named"]]
        # Each field counts alike.
        if refused.groupby([cases["field"], cases["crop"]]).mean().mean() <= params.lost_named:
            break
    return hint


def _known_named(places: Sequence[Place], hint: Hint, params: CalibrateParams) -> pd.DataFrame:
    tables = [_table(place, Situation.CROP_NAMED, hint, params.seed) for place in places]
    cases = pd.concat(tables, ignore_index=True)
    return cases[~cases["lab_only"] & cases["known"]]


def _alone(class_ids: Sequence[str]) -> frozenset[str]:
    """Conditions that are the only one of their crop."""
    crops = [class_id.partition(".")[0] for class_id in class_ids]
    return frozenset(class_id for class_id, crop in zip(class_ids, crops, strict=True) if crops.count(crop) == 1)


@lru_cache(KEPT_TABLES)
def _table(place: Place, situation: Situation | None, hint: Hint, seed: int) -> pd.DataFrame:
    """Cases that can be answered, and whether what is named was learned in the laboratory alone."""
    cases = case_table(place, situation, hint=hint, seed=seed)
    if situation is not None and situation.names_crop:
        # Of a crop with one condition, which is then the only answer, every answer is right.
        alone = _alone(place.answers.class_ids)
        cases = cases[~cases["truth"].isin(alone) & ~cases["best"].isin(alone)]
    in_lab = cases["best"].isin(place.lab_only)
    # A crop of which nothing was learned in the field is a stranger there.
    crops = {class_id.partition(".")[0] for class_id in set(place.answers.class_ids) - place.lab_only}
    known = cases["truth"].isin(place.answers.class_ids)
    return cases.assign(lab_only=in_lab, known=known)[cases["crop"].isin(crops) | in_lab]


def answerable_cases(
    places: Sequence[Place], situation: Situation | None, *, hint: Hint, reject: float, params: CalibrateParams
) -> pd.DataFrame:
    """Cases of some places that are neither refused nor contradicted."""
    cases = pd.concat([_table(place, situation, hint, params.seed) for place in places], ignore_index=True)
    return cases[(cases["rejected"] < reject) & ~cases["contradicted"]]


def _fit_situation(  # noqa: PLR0913 - each is fitted or chosen apart
    places: Sequence[Place],
    situation: Situation | None,
    class_ids: Sequence[str],
    lab_only: frozenset[str],
    *,
    hint: Hint,
    reject: float,
    params: CalibrateParams,
    one_photo: SituationRules | None,
) -> SituationRules:
    """Thresholds and bands of one situation; where it has too few cases of its own, those of ``one_photo``."""
    cases = answerable_cases(places, situation, hint=hint, reject=reject, params=params)
    in_field = cases[~cases["lab_only"]]

    def fit(known: pd.DataFrame, least: float, borrowed: float) -> float:
        if one_photo is not None and not is_enough(known):
            return max(least, borrowed)
        return fit_answer_threshold(known, precision=params.answer_precision, least=least)

    answer = fit(in_field[in_field["known"]], params.min_answer, one_photo.answer if one_photo else NEVER)
    from_field = [class_id for class_id in class_ids if class_id not in lab_only]
    half_seen = {class_id.partition(".")[0] for class_id in lab_only}

    def unseen(class_id: str) -> float:
        if one_photo:
            return one_photo.threshold(class_id)
        # Where a field has shown only some of a crop's conditions, the others are taken for these.
        return NEVER if class_id.partition(".")[0] in half_seen else answer

    per_class = fit_class_thresholds(in_field, answer, from_field, params, unseen=unseen)
    in_lab = fit(
        cases[cases["lab_only"] & cases["known"]],
        answer,
        max((one_photo.threshold(class_id) for class_id in lab_only), default=NEVER) if one_photo else NEVER,
    )
    in_field = in_field[in_field["known"]]
    # What is said of crops without a place has to hold too, so all are counted from where these are named.
    least = in_field["best"].map(per_class).fillna(answer).clip(upper=answer).astype(np.float64)
    answered = in_field[in_field["confidence"] >= least]
    names_crop = situation is not None and situation.names_crop
    never = _alone(class_ids) if names_crop else frozenset()
    return SituationRules(
        answer=answer,
        per_class={
            **per_class,
            **dict.fromkeys(sorted(lab_only & set(class_ids)), in_lab),
            **dict.fromkeys(sorted(never), NEVER),
        },
        # Without a named crop, the plant may be one that was never learned, and then every answer is wrong.
        confidence_bands=confidence_bands(answered, edges=params.band_edges) if names_crop else (),
    )


def fit_situations(
    places: Sequence[Place],
    class_ids: Sequence[str],
    lab_only: frozenset[str],
    *,
    hint: Hint,
    reject: float,
    params: CalibrateParams,
) -> dict[Situation | None, SituationRules]:
    """Thresholds and bands of every situation, each by its own answers.

    Args:
        places: What to fit to.
        class_ids: Conditions that the rules are for.
        lab_only: Those of them that were learned from laboratory photos alone.
        hint: Of the rules.
        reject: Likewise, among the thresholds.
        params: Settings.
    """
    found: dict[Situation | None, SituationRules] = {}
    for situation in (None, *Situation):
        found[situation] = _fit_situation(
            places,
            situation,
            class_ids,
            lab_only,
            hint=hint,
            reject=reject,
            params=params,
            one_photo=found[ONE_PHOTO[situation]] if situation in ONE_PHOTO else None,
        )
    return found
