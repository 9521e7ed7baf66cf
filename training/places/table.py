"""The table of places: what to expect in a field never seen, place by place.

Rules are nested: those that answer a place are fitted to all other places, so no place has a say in its own figures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.stats import t

from majani.decision.rules import confidence_band, right_of_ten, share_at_least
from majani.model.bundle import Situation, SituationRules
from majani.taxonomy import REJECT_CLASSES
from training.calibration.situations import cases_of
from training.calibration.thresholds import fit_hint_factor, fit_situations
from training.places.answers import Kind, LeftOut
from training.settings import CalibrateParams


class Row(BaseModel):
    """One place in one situation.

    Shares are in percent of ``n`` cases; those of answers are absent where none was given.

    Attributes:
        situation: Null for one photo and no crop.
        top1: The right condition is the likeliest; only of kind ``place``.
        named: With a condition or as healthy.
        right: Of those that were named; only of kind ``place``.
        promised: Mean of what was promised of these.
        right_at_least: Lower 95 % bound of ``right``.
        refused: As an unknown plant or no plant.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: str
    kind: Kind
    situation: Situation | None
    n: int
    top1: float | None
    named: float
    right: float | None
    promised: float | None
    right_at_least: float | None
    refused: float


class Spread(BaseModel):
    """One measure over places: mean, worst, and the 95 % prediction interval of the next place (Student's t)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: str
    kind: Kind
    situation: Situation | None
    places: int
    mean: float
    worst: float
    low: float | None
    high: float | None


class PlaceTable(BaseModel):
    """All rows and their spreads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: tuple[Row, ...]
    spreads: tuple[Spread, ...]


@dataclass(frozen=True)
class _Rules:
    hint_factor: float
    reject: float
    of: dict[Situation | None, SituationRules]


def place_table(everything: Sequence[LeftOut], params: CalibrateParams, *, reject: float) -> PlaceTable:
    """Measure every place with rules that were fitted without it; ``reject`` is the bundle's threshold."""
    known = [one.place for one in everything if one.kind is Kind.PLACE]
    rows: list[Row] = []
    for one in everything:
        others = [place for place in known if place is not one.place] or known
        factor = fit_hint_factor(others, seed=params.seed)
        class_ids, lab_only = one.place.answers.class_ids[: -len(REJECT_CLASSES)], one.place.lab_only
        fitted = fit_situations(others, class_ids, lab_only, hint_factor=factor, reject=reject, params=params)
        for situation, rules in fitted.items():
            if situation is None or one.kind is Kind.PLACE:
                rows.append(_row(one, situation, rules, hint_factor=factor, reject=reject, seed=params.seed))
    return PlaceTable(rows=tuple(rows), spreads=tuple(_spreads(rows)))


def _row(
    one: LeftOut, situation: Situation | None, rules: SituationRules, *, hint_factor: float, reject: float, seed: int
) -> Row:
    place = one.place
    cases = cases_of(place.answers, place.rows, situation, hint_factor=hint_factor, seed=seed).table(place.name)
    refused = cases["rejected"] >= reject
    named = ~refused & (cases["confidence"] >= cases["best"].map(rules.threshold))
    answered = cases[named]
    bands = [confidence_band(confidence, rules.confidence_bands) for confidence in answered["confidence"]]
    promised = [0 if band is None else 10 * right_of_ten(band) for band in bands]
    is_known, some = one.kind is Kind.PLACE, len(answered) > 0
    right = float(answered["right"].sum())
    return Row(
        place=place.name,
        kind=one.kind,
        situation=situation,
        n=len(cases),
        top1=_percent(cases["right"].mean()) if is_known else None,
        named=_percent(named.mean()),
        right=_percent(right / len(answered)) if is_known and some else None,
        promised=round(float(np.mean(promised)), 2) if is_known and some else None,
        right_at_least=_percent(share_at_least(right, len(answered))) if is_known and some else None,
        refused=_percent(refused.mean()),
    )


def _percent(share: float) -> float:
    return round(100 * float(share), 2)


# By kind, each with whether more is better.
_MEASURES = {
    Kind.PLACE: {"top1": True, "named": True, "right": True},
    Kind.CONDITION: {"named": False},
    Kind.CROP: {"named": False, "refused": True},
    Kind.NEGATIVES: {"named": False, "refused": True},
}


def _spreads(rows: Sequence[Row]) -> Iterator[Spread]:
    for kind, measures in _MEASURES.items():
        for situation in (None, *Situation):
            of_kind = [row for row in rows if row.kind is kind and row.situation == situation]
            for measure, more_is_better in measures.items():
                values = np.array([value for row in of_kind if (value := getattr(row, measure)) is not None])
                if len(values):
                    low, high = _next_place(values)
                    worst = values.min() if more_is_better else values.max()
                    yield Spread(
                        measure=measure,
                        kind=kind,
                        situation=situation,
                        places=len(values),
                        mean=round(float(values.mean()), 2),
                        worst=float(worst),
                        low=low,
                        high=high,
                    )


def _next_place(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> tuple[float | None, float | None]:
    count = len(values)
    if count < 2:
        return None, None
    half = float(t.ppf(0.975, count - 1)) * float(values.std(ddof=1)) * float(np.sqrt(1 + 1 / count))
    return round(max(0.0, float(values.mean()) - half), 2), round(min(100.0, float(values.mean()) + half), 2)
