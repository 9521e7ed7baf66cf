"""When a district's conditions are named or said as one of a few, by what heads that had not seen its photos said.

Places that played a district tell how much to believe a few answers, the more so the fewer there are. Conditions that
were photographed on fewer than ``MIN_VISITS`` visits are not named: one place and one day look the same, whatever the
leaf has. Of a crop that is not taught as a whole nothing is said sooner than before: its photos cannot show mistakes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.decision.rules import MOST_IN_A_SET
from majani.labels import OTHER
from majani.model.bundle import DecisionRules, SetRule, Situation, SituationRules
from majani.taxonomy import HEALTHY, Action
from training.artifacts.files import is_healthy
from training.calibration.decision_cost import break_even
from training.calibration.next_field import FIELDS, OTHERS, Floats, at_least, chances_of_less_here, reached
from training.calibration.situations import Hint, Place, case_table
from training.calibration.thresholds import NEVER, band_that_proves
from training.settings import CalibrateParams, Params

# Farms, days and phones, counted together.
MIN_VISITS = 3
# Shares of a district's photos that are answered, from all to few: each is one try.
_COVERAGES = (1, 0.85, 0.7, 0.55, 0.4, 0.3, 0.25, 0.2, 0.17)
# Least shares of a condition in a set, from the largest sets on.
_IN_SET = (0.03, 0.05, 0.07, 0.1, 0.14, 0.2, 0.28)
_SUREST = 0.999
# Of a crop's probability, what a condition has that is said alone.
_LEAST_ALONE = 0.5
# Of leaves that show what was not taught, as many may be said to be probably something taught, as many be named so; of
# leaves of other crops as many be named. See docs/research/2026-12-01-strangers-of-a-district.md.
_MOST_STRANGERS, _MOST_NAMED, _MOST_ELSEWHERE = 0.10, 0.06, 0.002


@dataclass(frozen=True)
class Asked:
    """Answers about a district's photos that no head had learned.

    Attributes:
        here: About conditions that were taught.
        strangers: About sick leaves of the same crop whose conditions were left out one after another.
        elsewhere: About leaves of other crops.
    """

    here: Place
    strangers: Place | None
    elsewhere: Place


def visits_of(rows: pd.DataFrame) -> "pd.Series[int]":
    """By class, on how many different visits (farm, day and phone) its photos were taken.

    As many as equally large ones would be as different (inverse Simpson index): a visit with nearly all photos is one.
    """
    told = rows[rows["visit"] != ""].groupby("class_id")["visit"]
    alike = told.value_counts(normalize=True).pow(2).groupby("class_id").sum()
    return (1 / alike).round().astype(int).reindex(rows["class_id"].unique(), fill_value=0)


def taught_as_a_whole(rows: pd.DataFrame, least: int) -> frozenset[str]:
    """Conditions with at least so many photos, of crops that have three of them, "healthy" among them."""
    counts = rows["class_id"].value_counts()
    enough = [one for one in counts.index[counts >= least] if not one.endswith(f".{OTHER}")]
    crops = [one.partition(".")[0] for one in enough]
    return frozenset(
        one for one, crop in zip(enough, crops, strict=True) if crops.count(crop) > 2 and f"{crop}.{HEALTHY}" in enough
    )


def rules_for(
    running: DecisionRules, asked: Asked, places: Sequence[Place], new: Sequence[str], params: Params
) -> DecisionRules:
    """The running rules, with the district's own for the conditions that it has taught.

    ``new`` ones, which the running bundle does not know, are named only where the crop is named.
    """
    rows, calibrate = asked.here.rows, params.calibrate
    visits, whole = visits_of(rows), taught_as_a_whole(rows, params.adapt.min_photos)
    taught = sorted(visits.index)
    found: dict[Situation | None, SituationRules] = {}
    hint = Hint.of(running)
    by_field: dict[str, list[Place]] = {}
    for place in places:
        by_field.setdefault(place.field, []).append(place)
    fields = list(by_field.values())

    def is_alone(class_id: str) -> bool:
        """Beside healthy leaves alone, whatever comes from the place looks healthy."""
        crop, _, name = class_id.partition(".")
        return name == HEALTHY and not any(one.startswith(f"{crop}.") for one in taught if one != class_id)

    def least(class_id: str, own: SituationRules) -> float:
        if class_id in whole:
            return 0
        if is_alone(class_id):
            return NEVER
        is_heard = class_id not in new and running.of_case(photos=1, crop_named=True).threshold(class_id) < NEVER
        # Workers hear of others no sooner than anybody hears of any condition.
        return own.threshold(class_id) if is_heard else min(own.per_class.values(), default=own.answer)

    for situation in (None, Situation.CROP_NAMED):
        own = _running(running, situation)
        tables = [
            [_answerable(case_table(one, situation, hint=hint, seed=calibrate.seed), running) for one in draws]
            for draws in ([asked.here], *fields)
        ]
        strangers = [
            case_table(one, situation, hint=hint, seed=calibrate.seed)
            for one in ([asked.strangers] if asked.strangers else [])
        ]
        per_class = dict(own.per_class)
        for crop in sorted({class_id.partition(".")[0] for class_id in taught}):
            limits = [(_answerable(one[one["crop"] == crop], running), _MOST_NAMED) for one in strangers]
            if situation is None:
                limits.append((_named_as(asked.elsewhere, situation, hint, calibrate, taught), _MOST_ELSEWHERE))
            answer, healthy = _thresholds(tables, crop, limits, calibrate)
            for class_id in (one for one in taught if one.startswith(f"{crop}.")):
                never = visits[class_id] < MIN_VISITS or (situation is None and class_id in new)
                needed = max(answer, healthy if is_healthy(pd.Series([class_id])).item() else 0)
                per_class[class_id] = NEVER if never else max(needed, least(class_id, own))
        found[situation] = own.model_copy(update={"per_class": per_class})
    named = found[Situation.CROP_NAMED]
    simulated = [
        [_shares(one, one.rows["class_id"].iloc[0].partition(".")[0], frozenset()) for one in draws] for draws in fields
    ]
    sets = {
        crop: rule
        for crop in sorted({class_id.partition(".")[0] for class_id in taught})
        if (rule := _set_rule(asked, crop, running.blind(crop) - {*taught}, whole, simulated, calibrate)) is not None
    }
    situations = dict(running.situations or {})
    for situation in Situation:
        # Few plants were photographed several times; these photos answer as one does, and are right more often.
        base = _running(running, situation)
        own = named if situation.names_crop else found[None]
        of_taught = {one: max(own.per_class[one], least(one, base)) for one in taught}
        update: dict[str, object] = {"per_class": {**base.per_class, **of_taught}}
        if situation.names_crop:
            # Those of before were not tried with what is new in them, nor with what they could not tell.
            untried = whole | {*new} | {one for one in taught if one in running.blind(one.partition(".")[0])}
            kept = {
                crop: rule for crop, rule in base.sets.items() if not any(one.startswith(f"{crop}.") for one in untried)
            }
            update["sets"] = {**kept, **sets}
        situations[situation] = base.model_copy(update=update)
    seen = {crop: [spot for spot in spots if spot.id not in whole] for crop, spots in running.blind_spots.items()}
    return running.model_copy(
        update={
            "thresholds": running.thresholds.model_copy(update={"per_class": found[None].per_class}),
            "situations": situations,
            "blind_spots": {crop: tuple(spots) for crop, spots in seen.items() if spots},
        }
    )


def _running(rules: DecisionRules, situation: Situation | None) -> SituationRules:
    several = situation in (Situation.SEVERAL_PHOTOS, Situation.CROP_NAMED_SEVERAL_PHOTOS)
    return rules.of_case(photos=2 if several else 1, crop_named=situation is not None and situation.names_crop)


def _answerable(cases: pd.DataFrame, rules: DecisionRules) -> pd.DataFrame:
    """Of refused cases, and of those that contradict their sender, nothing can be named."""
    silent = (cases["rejected"] >= rules.thresholds.reject) | cases["contradicted"]
    return cases.assign(confidence=cases["confidence"].where(~silent, 0.0))


def _named_as(
    place: Place, situation: Situation | None, hint: Hint, calibrate: CalibrateParams, taught: Sequence[str]
) -> pd.DataFrame:
    cases = case_table(place, situation, hint=hint, seed=calibrate.seed)
    return cases.assign(confidence=cases["confidence"].where(cases["best"].isin(taught), 0.0))


def _thresholds(
    tables: Sequence[Sequence[pd.DataFrame]],
    crop: str,
    limits: Sequence[tuple[pd.DataFrame, float]],
    calibrate: CalibrateParams,
) -> tuple[float, float]:
    """From where a crop's conditions are named, and "healthy", which has to cost less than silence."""
    ((here,), *others) = tables
    here = here[here["crop"] == crop]

    def passes(threshold: float) -> bool:
        if any((cases["confidence"] >= threshold).mean() > most for cases, most in limits if len(cases)):
            return False
        below = _here([[_answered(one, threshold) for one in draws] for draws in ([here], *others)])
        return reached(below, calibrate.answer_precision) >= FIELDS

    answer = _lowest(here["confidence"], passes, least=calibrate.min_answer)
    right, answered = _answered(here, answer) if answer < NEVER else np.zeros(2)
    called = here[is_healthy(here["best"])]

    def is_safe(threshold: float) -> bool:
        found = _answered(called, threshold)
        prior = calibrate.prior_photos
        share = (found[0] + prior * right / max(answered, 1)) / (found[1] + prior)
        return bool(share >= max(calibrate.answer_precision, break_even(Action.NOTHING)))

    return answer, _lowest(called["confidence"], is_safe, least=answer)


def _lowest(confidence: "pd.Series[float]", passes: Callable[[float], bool], *, least: float) -> float:
    """The lowest of a few thresholds from which a test is passed; never, if none is."""
    falling = np.sort(confidence.to_numpy())[::-1]
    if len(falling) == 0:
        return NEVER
    tries = [min(_SUREST, max(least, float(falling[max(1, round(share * len(falling))) - 1]))) for share in _COVERAGES]
    return next((threshold for threshold in tries if passes(threshold)), NEVER)


def _answered(cases: pd.DataFrame, threshold: float) -> Floats:
    """``(2,)`` right answers and all, from a threshold on; photos that belong together count once."""
    answered = cases[cases["confidence"] >= threshold]
    groups = answered["group"].nunique()
    return np.array([answered["right"].mean() * groups if groups else 0.0, groups], dtype=np.float64)


def _here(counts: Sequence[Sequence[Floats]]) -> Floats:
    """Chances of each share or less in the district, whose counts come first; a field's are the mean of its draws."""
    right, answered = np.array([np.mean(of_field, axis=0) for of_field in counts]).T
    weights = np.concatenate([[1.0], np.full(len(counts) - 1, OTHERS / max(len(counts) - 1, 1))])
    return chances_of_less_here(right, answered, weights)


def _set_rule(
    asked: Asked,
    crop: str,
    blind: frozenset[str],
    whole: frozenset[str],
    others: Sequence[Sequence["_Shares"]],
    calibrate: CalibrateParams,
) -> SetRule | None:
    """Sets of a crop that hold the truth often enough, and from where one condition alone is said.

    None where they could hold what the district's photos do not show.
    """
    here = _shares(asked.here, crop, blind)
    if not whole.issuperset(here.held):
        return None
    rivals = _shares(asked.strangers, crop, blind).top if asked.strangers else np.zeros(0)

    def of_fields(counted: Callable[[_Shares, float], Floats], share: float) -> tuple[Floats, Floats]:
        counts = [[counted(one, share) for one in draws] for draws in ([here], *others)]
        return counts[0][0], _here(counts)

    best: SetRule | None = None
    for share in _IN_SET:
        (right, groups), below = of_fields(_Shares.right_sets, share)
        if groups and reached(below, calibrate.answer_precision) >= FIELDS:
            band = band_that_proves(share, int(groups), right / groups, at_least(below))
            best = SetRule(min_probability=share, right=band.right, answered=band.answered)
        elif best is not None:
            break
    if best is None:
        return None

    def is_alone(least: float) -> bool:
        strangers = float((rivals >= least).mean()) if len(rivals) else 0.0
        _, below = of_fields(_Shares.right_alone, least)
        return strangers <= _MOST_STRANGERS and reached(below, calibrate.answer_precision) >= FIELDS

    return best.model_copy(update={"alone": _lowest(pd.Series(here.top), is_alone, least=_LEAST_ALONE)})


@dataclass(frozen=True)
class _Shares:
    """Shares ``(N, K)`` of what a set of a crop can hold in the crop's probability; positions ``(N,)`` of the truth."""

    held: Sequence[str]
    rows: pd.DataFrame
    shares: Floats
    truth: npt.NDArray[np.int64]

    @property
    def top(self) -> Floats:
        return np.asarray(self.shares.max(axis=1), dtype=np.float64)

    def right_sets(self, share: float) -> Floats:
        """``(2,)`` as :func:`_answered`, of sets that leave out a third of what they could hold."""
        sizes = (self.shares >= share).sum(axis=1)
        said = (sizes > 0) & (sizes <= min(MOST_IN_A_SET, self.shares.shape[1] * 2 // 3))
        right = self.shares[np.arange(len(self.truth)), self.truth] >= share
        return _answered(self.rows.assign(confidence=said.astype(np.float64), right=right), 1)

    def right_alone(self, least: float) -> Floats:
        """``(2,)`` as :func:`_answered`, of conditions that have at least this share."""
        right = self.shares.argmax(axis=1) == self.truth
        return _answered(self.rows.assign(confidence=self.top, right=right), least)


def _shares(place: Place, crop: str, blind: frozenset[str]) -> _Shares:
    of_crop = [class_id for class_id in place.answers.class_ids if class_id.startswith(f"{crop}.")]
    held = [class_id for class_id in of_crop if class_id not in blind and class_id != f"{crop}.{OTHER}"]
    here = place.rows["class_id"].isin(held)
    beliefs = pd.DataFrame(place.answers.probabilities[here.to_numpy()], columns=list(place.answers.class_ids))
    total = np.maximum(beliefs[of_crop].sum(axis=1).to_numpy(dtype=np.float64), np.finfo(float).tiny)
    truth = np.array([held.index(class_id) for class_id in place.rows.loc[here, "class_id"]], dtype=np.int64)
    shares = beliefs[held].to_numpy(dtype=np.float64) / total[:, None]
    return _Shares(held, place.rows[here].reset_index(drop=True), shares, truth)
